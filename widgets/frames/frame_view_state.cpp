#include "widgets/frames/frame_controls.h"
#include "widgets/frames/frame_view.h"
#include "widgets/frames/hit_strip.h"
#include "widgets/plot/heat_map.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

namespace fxs::ui {

namespace {

QJsonObject lookOf(const HeatMap& map) {
    QJsonObject look{{QStringLiteral("map"), static_cast<int>(map.colourMap())},
                     {QStringLiteral("scale"), static_cast<int>(map.colourScale())}};
    if (!map.autoLevels())
        look[QLatin1String("levels")] = QJsonArray{map.levels().low, map.levels().high};
    if (const auto zoom = map.zoom())
        look[QLatin1String("zoom")] = QJsonArray{zoom->left, zoom->right, zoom->bottom, zoom->top};
    return look;
}

void giveLook(HeatMap& map, const QJsonObject& look) {
    if (look.isEmpty())
        return;
    map.setColourMap(static_cast<ColourMap>(
        std::clamp(look[QLatin1String("map")].toInt(static_cast<int>(map.colourMap())), 0, kColourMapCount - 1)));
    map.setColourScale(static_cast<ColourScale>(
        std::clamp(look[QLatin1String("scale")].toInt(static_cast<int>(map.colourScale())), 0, kColourScaleCount - 1)));
    const QJsonArray levels = look[QLatin1String("levels")].toArray(), zoom = look[QLatin1String("zoom")].toArray();
    if (levels.size() == 2 && levels[0].toDouble() < levels[1].toDouble())
        map.setLevels({levels[0].toDouble(), levels[1].toDouble()});
    else
        map.setAutoLevels(true);
    if (zoom.size() == 4 && zoom[0].toDouble() < zoom[1].toDouble() && zoom[2].toDouble() < zoom[3].toDouble())
        map.setZoom(HeatMap::Zoom{zoom[0].toDouble(), zoom[1].toDouble(), zoom[2].toDouble(), zoom[3].toDouble()});
    else
        map.setZoom(std::nullopt);
}

} // namespace

QByteArray FrameView::saveViewState() const {
    const QJsonObject state{
        {QStringLiteral("left"), lookOf(*m_left)},
        {QStringLiteral("right"), lookOf(*m_right)},
        {QStringLiteral("rings"), m_controls->ringChoice()->currentIndex()},
        {QStringLiteral("mask"), m_controls->isMaskShown()},
        {QStringLiteral("maskColour"), m_maskColour.name(QColor::HexArgb)},
        {QStringLiteral("polar"), m_controls->isPolarWanted()},
        {QStringLiteral("step"), m_controls->step()},
        {QStringLiteral("score"), m_quantity->currentIndex()},
        {QStringLiteral("frame"), static_cast<double>(m_run ? frameIndex() : m_wantedFrame.value_or(0))},
    };
    return QJsonDocument(state).toJson(QJsonDocument::Compact);
}

void FrameView::restoreViewState(const QByteArray& text) {
    const QJsonObject state = QJsonDocument::fromJson(text).object();
    if (state.isEmpty())
        return;
    giveLook(*m_left, state[QLatin1String("left")].toObject());
    giveLook(*m_right, state[QLatin1String("right")].toObject());
    const auto choose = [&state](QComboBox* box, QLatin1String key) {
        box->setCurrentIndex(std::clamp(state[key].toInt(box->currentIndex()), 0, box->count() - 1));
    };
    choose(m_controls->ringChoice(), QLatin1String("rings"));
    choose(m_quantity, QLatin1String("score"));
    m_controls->maskButton()->setChecked(state[QLatin1String("mask")].toBool(true));
    m_controls->polarButton()->setChecked(state[QLatin1String("polar")].toBool());
    m_controls->setStep(state[QLatin1String("step")].toString());
    if (const QColor colour(state[QLatin1String("maskColour")].toString()); colour.isValid())
        setMaskColour(colour);
    const double frame = state[QLatin1String("frame")].toDouble();
    if (!(frame > 0 && frame < 9e15))
        return;
    if (m_run)
        setFrameIndex(static_cast<std::uint64_t>(frame));
    else
        m_wantedFrame = static_cast<std::uint64_t>(frame);
}

} // namespace fxs::ui
