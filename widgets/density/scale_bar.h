#pragma once

#include <QColor>
#include <QWidget>
#include <functional>

namespace fxs::ui {

/// A bar of a round length in Å or nm, drawn over a picture's lower right corner. Lets the mouse through.
class ScaleBar : public QWidget {
    Q_OBJECT

public:
    /// angstromPerPixel is asked whenever the bar is painted; 0 or less hides it.
    ScaleBar(std::function<double()> angstromPerPixel, QWidget* parent);

    void setColour(const QColor& colour);
    QString text() const { return m_text; } ///< as painted last

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::function<double()> m_angstromPerPixel;
    QColor m_colour = Qt::black;
    QString m_text;
};

/// The greatest of 1, 2, 5 × 10ⁿ that is at most limit.
double roundLength(double limit);

} // namespace fxs::ui
