#include "widgets/density/slice_panels.h"

#include "widgets/plot/heat_map.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_library.h"

#include <QBoxLayout>
#include <QWheelEvent>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr double kNmPerAngstrom = 0.1;

/// The axes along columns and rows of the slice across an axis.
constexpr std::array<std::array<std::size_t, 2>, 3> kInPlane{{{1, 2}, {0, 2}, {0, 1}}};

} // namespace

SlicePanels::SlicePanels(QWidget* parent) : QWidget(parent) {
    auto* layout = new QBoxLayout(QBoxLayout::TopToBottom, this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    static constexpr const char* kAxes[] = {"x", "y", "z"};
    // z first: the plane that one looks down on.
    for (const std::size_t axis : {std::size_t(2), std::size_t(1), std::size_t(0)}) {
        auto* map = new HeatMap;
        const auto [u, v] = kInPlane[axis];
        map->setAxes({QString::fromLatin1(kAxes[u]), tr("nm")}, {QString::fromLatin1(kAxes[v]), tr("nm")}, {});
        map->setTitle(tr("Slice across %1").arg(QString::fromLatin1(kAxes[axis])));
        map->setSquare(true);
        map->setMinimumSize(140, 110);
        map->setToolTip(tr("Click or drag: move the crosshair. Wheel: next slice. Ctrl+wheel: zoom."));
        map->plot()->installEventFilter(this);
        map->plot()->setProperty("axis", static_cast<int>(axis));
        m_maps[axis] = map;
        m_panels[axis] = new Panel(QString::fromLatin1(kAxes[u]) + QString::fromLatin1(kAxes[v]), map);
        layout->addWidget(m_panels[axis], 1);
        connect(map, &HeatMap::cursorMoved, this, [this, u = u, v = v](double x, double y) {
            auto position = m_position;
            position[u] = x / kNmPerAngstrom;
            position[v] = y / kNmPerAngstrom;
            moveTo(position);
        });
    }
}

void SlicePanels::setHorizontal(bool on) {
    static_cast<QBoxLayout*>(layout())->setDirection(on ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void SlicePanels::setMap(MapVolumePtr map) {
    m_map = std::move(map);
    refresh(true);
}

void SlicePanels::setPosition(const std::array<double, 3>& position) {
    m_position = position;
    refresh(false);
}

void SlicePanels::moveTo(const std::array<double, 3>& position) {
    if (!m_map)
        return;
    std::array<double, 3> snapped{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        snapped[axis] = m_map->coordinateOf(m_map->indexOf(position[axis]));
    setPosition(snapped);
    Q_EMIT positionMoved(m_position);
}

void SlicePanels::refresh(bool all) {
    static constexpr const char* kAxes[] = {"x", "y", "z"};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        HeatMap* picture = m_maps[axis];
        if (!m_map) {
            picture->setPicture(nullptr);
            m_panels[axis]->setNote({});
            continue;
        }
        const std::size_t index = m_map->indexOf(m_position[axis]);
        const auto [u, v] = kInPlane[axis];
        if (all || index != m_shown[axis]) {
            // One scale for all slices, so that they can be compared.
            const double low = m_map->lowest(), high = m_map->highest();
            picture->setPicture(m_map->slice(static_cast<SliceAxis>(axis), m_position[axis]));
            picture->setLevels({low, high > low ? high : low + 1});
            m_shown[axis] = index;
        }
        picture->setCursorPosition(m_position[u] * kNmPerAngstrom, m_position[v] * kNmPerAngstrom);
        picture->setCursorVisible(true, true);
        m_panels[axis]->setNote(tr("%1 = %2 nm")
                                    .arg(QString::fromLatin1(kAxes[axis]))
                                    .arg(m_map->coordinateOf(index) * kNmPerAngstrom, 0, 'f', 2));
    }
}

bool SlicePanels::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::Wheel)
        return QWidget::eventFilter(watched, event);
    auto* wheel = static_cast<QWheelEvent*>(event);
    const int steps = wheel->angleDelta().y() > 0 ? 1 : wheel->angleDelta().y() < 0 ? -1 : 0;
    if (wheel->modifiers().testFlag(Qt::ControlModifier) || !m_map || steps == 0)
        return QWidget::eventFilter(watched, event);
    const auto axis = static_cast<std::size_t>(watched->property("axis").toInt());
    auto position = m_position;
    position[axis] = m_map->coordinateOf(m_map->indexOf(position[axis])) + steps * m_map->spacing();
    moveTo(position);
    wheel->accept();
    return true;
}

} // namespace fxs::ui
