#pragma once

#include "widgets/plot/picture.h"

#include <QWidget>
#include <optional>
#include <vector>

namespace fxs::ui {

class HeatMap;

/// How often each value occurs in a picture, beside its colour scale, with two lines that are dragged to set the levels. Dragging
/// between them moves both; a double click returns to automatic levels. Counts are drawn as logarithms.
/// Threads: GUI thread. Cost: 100,000 values at most are counted a picture, about 1 ms.
class LevelsBar : public QWidget {
    Q_OBJECT

public:
    explicit LevelsBar(HeatMap* map, QWidget* parent = nullptr);

    /// Where a value is, in this widget's pixels from the top.
    double yOf(double value) const;
    double valueAt(double y) const;
    QSize sizeHint() const override { return {58, 200}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Grip { none, low, high, both };
    void recount();
    void follow();
    Grip gripAt(double y) const;
    double toScale(double value) const;
    double fromScale(double scaled) const;
    QRectF barRect() const;

    HeatMap* m_map;
    std::vector<double> m_counts; ///< from the lowest value up
    double m_low = 0, m_high = 1; ///< of the axis, scaled
    Grip m_grip = Grip::none;
    double m_grabbedAt = 0; ///< scaled
    Levels m_grabbed;
};

} // namespace fxs::ui
