#include "widgets/correlation/map_trio.h"

#include "widgets/plot/plot_library.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace fxs::ui {

MapTrio::MapTrio(const QString& title, const std::array<QString, 3>& captions, QWidget* parent) : QWidget(parent) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    for (std::size_t i = 0; i < m_maps.size(); ++i) {
        m_columns[i] = new QWidget;
        auto* column = new QVBoxLayout(m_columns[i]);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        m_captions[i] = new QLabel(captions[i]);
        m_captions[i]->setAlignment(Qt::AlignHCenter);
        m_captions[i]->setVisible(false);
        m_maps[i] = new HeatMap;
        m_maps[i]->setTitle(i == 0 ? title : QStringLiteral("%1, %2").arg(title, captions[i]));
        column->addWidget(m_captions[i]);
        column->addWidget(m_maps[i], 1);
        m_columns[i]->setVisible(i == 0);
        row->addWidget(m_columns[i], 1);
        connect(m_maps[i], &HeatMap::cursorMoved, this, &MapTrio::cursorMoved);
        connect(m_maps[i], &HeatMap::hovered, this, &MapTrio::hovered);
        connect(m_maps[i], &HeatMap::hoverLeft, this, &MapTrio::hoverLeft);
    }
    connect(m_maps[0], &HeatMap::levelsChanged, this, &MapTrio::follow);
    connect(m_maps[0], &HeatMap::appearanceChanged, this, &MapTrio::follow);
    linkZoom();
}

void MapTrio::linkZoom() {
    const auto link = [this](QCPAxis* QCustomPlot::*which) {
        for (HeatMap* from : m_maps)
            connect(from->plot()->*which, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
                    [this, from, which](const QCPRange& range) {
                        if (!m_sideBySide)
                            return;
                        for (HeatMap* to : m_maps)
                            // One that shows nothing has no extent; what is equal already ends the round.
                            if (to != from && to->picture() && (to->plot()->*which)->range() != range) {
                                (to->plot()->*which)->setRange(range);
                                to->redraw();
                            }
                    });
    };
    link(&QCustomPlot::xAxis);
    link(&QCustomPlot::yAxis);
}

void MapTrio::setSideBySide(bool on) {
    m_sideBySide = on;
    for (std::size_t i = 0; i < m_maps.size(); ++i) {
        m_captions[i]->setVisible(on);
        // Six maps and two plots must fit where three and a plot do.
        m_maps[i]->setMinimumSize(on ? QSize(120, 90) : QSize(180, 140));
        m_columns[i]->setVisible(on || i == 0);
        if (!m_fixedTicks)
            m_maps[i]->plot()->xAxis->ticker()->setTickCount(on ? 3 : 5); // a third of the width
    }
    follow();
}

void MapTrio::setPictures(const std::array<PicturePtr, 3>& pictures) {
    m_maps[0]->setPicture(pictures[0]);
    for (std::size_t i = 1; i < m_maps.size(); ++i)
        m_maps[i]->setPicture(m_sideBySide ? pictures[i] : nullptr);
    follow();
}

void MapTrio::follow() {
    if (!m_sideBySide)
        return;
    for (std::size_t i = 1; i < m_maps.size(); ++i) {
        if (m_maps[i]->colourMap() != m_maps[0]->colourMap())
            m_maps[i]->setColourMap(m_maps[0]->colourMap());
        m_maps[i]->setColourScale(m_maps[0]->colourScale());
        if (m_maps[i]->levels() != m_maps[0]->levels() || m_maps[i]->autoLevels())
            m_maps[i]->setLevels(m_maps[0]->levels());
    }
}

void MapTrio::setAxes(const AxisText& x, const AxisText& y, const AxisText& value) {
    for (HeatMap* map : m_maps)
        map->setAxes(x, y, value);
}

void MapTrio::setTickStep(double x) {
    m_fixedTicks = true;
    for (HeatMap* map : m_maps)
        map->setTickStep(x);
}

void MapTrio::setSquare(bool square) {
    for (HeatMap* map : m_maps)
        map->setSquare(square);
}

void MapTrio::setCursorPosition(double x, double y) {
    for (HeatMap* map : m_maps)
        map->setCursorPosition(x, y);
}

} // namespace fxs::ui
