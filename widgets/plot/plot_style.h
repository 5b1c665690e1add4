#pragma once

#include "widgets/theme/theme.h"

#include <QFont>
#include <QString>

class QCPAxis;
class QCustomPlot;

namespace fxs::ui {

/// Gives a plot the program's look: canvas, fonts, ticks that point inwards, hardly visible grid. Call again when the palette changes.
void applyPlotStyle(QCustomPlot& plot, const Theme& theme, const QFont& font);
void applyAxisStyle(QCPAxis& axis, const Theme& theme, const QFont& font);

/// "q [1/Å]": a quantity and its unit as an axis shows them; the quantity alone where there is no unit.
QString axisLabel(const QString& quantity, const QString& unit);

/// A number for people: 4 significant digits, "1.2×10⁻⁴" where it is very large or small.
QString shortNumber(double value, int digits = 4);

} // namespace fxs::ui
