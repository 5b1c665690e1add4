#pragma once

#include <QString>
#include <QWidget>
#include <array>

namespace fxs::ui {

/// How far a stage of the chain is.
enum class StageState { empty, waiting, running, done, stale, failed, stopped };

/// What one field of the stage bar says.
struct StageStatus {
    StageState state = StageState::empty;
    double fraction = 0; ///< 0 ... 1 while running
    QString detail;      ///< "1,240 images/s · 12 s left", "10,000 images"
};

/// The chain as a row of fields: Source ▸ Frames ▸ Correlation ▸ Coefficients ▸ Density, each with its state, progress and a line of
/// detail. A click asks for the stage's view.
class StageBar : public QWidget {
    Q_OBJECT

public:
    enum Field { source, frames, correlation, coefficients, density, fieldCount };

    explicit StageBar(QWidget* parent = nullptr);

    void setStatus(Field field, const StageStatus& status);
    const StageStatus& status(Field field) const { return m_status[static_cast<std::size_t>(field)]; }
    void setCurrent(Field field);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    QRect fieldRect(Field field) const;

Q_SIGNALS:
    void fieldClicked(Field field);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;

private:
    void paintField(QPainter& painter, Field field) const;

    std::array<StageStatus, fieldCount> m_status;
    Field m_current = frames;
};

QString stageStateText(StageState state);

} // namespace fxs::ui
