#pragma once

#include <QColor>
#include <QPalette>

namespace fxs::ui {

/// Which of the two looks a palette asks for, and the colours that a palette has no role for: grid lines, series, states.
/// Derived from a QPalette, so that views follow the desktop. A value: cheap to make and copy.
struct Theme {
    bool dark = false;
    QColor window; ///< behind everything
    QColor canvas; ///< behind a plot's data
    QColor text;   ///< labels
    QColor muted;  ///< secondary labels, ticks
    QColor grid;   ///< grid lines, hardly seen
    QColor line;   ///< frames and separators
    QColor accent; ///< the chosen, the running
    QColor good, warning, bad;

    static Theme of(const QPalette& palette);

    /// The colour of the i-th of several curves: distinct for the common forms of colour blindness, repeating after eight.
    QColor series(int index) const;
};

/// The program's own palettes, where the user does not follow the desktop's.
QPalette lightPalette();
QPalette darkPalette();

} // namespace fxs::ui
