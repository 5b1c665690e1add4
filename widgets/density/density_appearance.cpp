#include "widgets/density/density_appearance.h"

#include <QJsonArray>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr double kFarAway = 1e5; // Å or sigma: beyond any map

/// One list of the members, so that writing and reading cannot differ. Visitor: (name, member) for every kind of member.
template <class Appearance, class Visitor>
void visit(Appearance& a, Visitor&& v) {
    v("surface", a.surface);
    v("volume", a.volume);
    v("slices", a.slices);
    v("level", a.level, -kFarAway, kFarAway);
    v("outerShell", a.outerShell);
    v("outerLevel", a.outerLevel, -kFarAway, kFarAway);
    v("opacity", a.opacity, 0.05, 1.0);
    v("box", a.box);
    v("axes", a.axes);
    v("scaleBar", a.scaleBar);
    v("perspective", a.perspective);
    v("softLight", a.softLight);
    v("depthCue", a.depthCue);
    v("edges", a.edges);
    v("spinRate", a.spinRate, -360.0, 360.0);
    v("reference", a.reference);
    v("referenceAtoms", a.referenceAtoms);
    v("referenceOpacity", a.referenceOpacity, 0.05, 1.0);
}

struct Writer {
    QJsonObject& out;
    void operator()(const char* name, bool value) const { out[QLatin1String(name)] = value; }
    void operator()(const char* name, double value, double, double) const { out[QLatin1String(name)] = value; }
};

struct Reader {
    const QJsonObject& in;
    void operator()(const char* name, bool& value) const { value = in[QLatin1String(name)].toBool(value); }
    void operator()(const char* name, double& value, double low, double high) const {
        if (const double read = in[QLatin1String(name)].toDouble(value); std::isfinite(read))
            value = std::clamp(read, low, high);
    }
};

} // namespace

QJsonObject DensityAppearance::toJson() const {
    QJsonObject out;
    visit(*this, Writer{out});
    out[QLatin1String("colour")] = static_cast<int>(colour);
    out[QLatin1String("position")] = QJsonArray{position[0], position[1], position[2]};
    out[QLatin1String("referenceColour")] = referenceColour.name();
    return out;
}

DensityAppearance DensityAppearance::fromJson(const QJsonObject& object) {
    DensityAppearance a;
    visit(a, Reader{object});
    const int colour = object[QLatin1String("colour")].toInt();
    a.colour = static_cast<SurfaceColour>(std::clamp(colour, 0, kSurfaceColourCount - 1));
    const QJsonArray position = object[QLatin1String("position")].toArray();
    for (int i = 0; i < 3 && i < position.size(); ++i)
        a.position[static_cast<std::size_t>(i)] = std::clamp(position[i].toDouble(), -kFarAway, kFarAway);
    if (const QColor read(object[QLatin1String("referenceColour")].toString()); read.isValid())
        a.referenceColour = read;
    return a;
}

} // namespace fxs::ui
