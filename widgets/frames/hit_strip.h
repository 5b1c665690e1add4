#pragma once

#include "engine/backend/run_survey.h"

#include <QWidget>
#include <memory>
#include <optional>

namespace fxs::ui {

/// The scores of a run's frames as a strip, frame numbers along x. A click jumps (where several frames share a place, to the one
/// with the highest score), dragging selects a range, Shift and a click extends it to there.
/// Threads: GUI thread. Cost: a repaint about 1 ms for 20,000 frames.
class HitStrip : public QWidget {
    Q_OBJECT

public:
    enum class Quantity { intensity, litPixels };

    explicit HitStrip(QWidget* parent = nullptr);

    /// A run of so many frames; scores and selection of the one before are forgotten.
    void setFrameCount(std::uint64_t count);
    void setScores(std::shared_ptr<const HitScores> scores);
    const HitScores* scores() const { return m_scores.get(); }
    void setQuantity(Quantity quantity);
    Quantity quantity() const { return m_quantity; }
    void setCurrent(std::uint64_t frame);
    void setSelection(std::optional<FrameRange> range);
    std::optional<FrameRange> selection() const { return m_selection; }

    /// Where a frame is, in this widget's pixels; and the frame at a place.
    double xOf(std::uint64_t frame) const;
    std::uint64_t frameAt(double x) const;
    QSize sizeHint() const override { return {400, 64}; }
    QSize minimumSizeHint() const override { return {100, 48}; }

Q_SIGNALS:
    void frameClicked(std::uint64_t frame);
    void rangeSelected(fxs::FrameRange range);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF plotRect() const;
    double valueOf(std::size_t i) const;
    std::uint64_t bestNear(double x) const;
    void paintBars(QPainter& painter, const QRectF& rect) const;
    QString say() const;

    std::shared_ptr<const HitScores> m_scores;
    Quantity m_quantity = Quantity::intensity;
    std::uint64_t m_count = 0, m_current = 0;
    std::optional<FrameRange> m_selection;
    std::optional<double> m_pressedAt;
    bool m_dragging = false;
};

} // namespace fxs::ui
