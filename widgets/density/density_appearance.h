#pragma once

#include <QColor>
#include <QJsonObject>
#include <array>

namespace fxs::ui {

/// How a surface is coloured.
enum class SurfaceColour { byRadius, byHeight, plain };
inline constexpr int kSurfaceColourCount = 3;

/// Everything the user chooses about the density's look but the camera: a value, kept in sessions.
/// Units: levels in standard deviations of the map above its mean; the slices' position in Å from the map's centre.
struct DensityAppearance {
    bool surface = true, volume = false, slices = false;
    double level = 2.5; ///< the envelope of a protein in a box about twice its size
    bool outerShell = false;
    double outerLevel = 1.2; ///< a second, translucent surface around the first
    SurfaceColour colour = SurfaceColour::byRadius;
    double opacity = 1.0; ///< of the surface
    std::array<double, 3> position{};

    bool box = true, axes = true, scaleBar = true;
    bool perspective = false;
    bool softLight = true; ///< hollows are darker, as under a cloudy sky
    bool depthCue = true;  ///< what is far fades into the background
    bool edges = false;    ///< silhouettes drawn dark
    double spinRate = 30;  ///< degrees a second

    bool reference = true;
    bool referenceAtoms = false; ///< beads where the atoms are, in place of a surface
    QColor referenceColour = QColor(0xf0, 0xb4, 0x3c);
    double referenceOpacity = 0.35;

    bool operator==(const DensityAppearance&) const = default;

    QJsonObject toJson() const;
    /// What is missing or out of range keeps its default.
    static DensityAppearance fromJson(const QJsonObject& object);
};

} // namespace fxs::ui
