#pragma once

#include "engine/detector/geometry.h"
#include "engine/detector/pixel_placement.h"

#include <array>
#include <optional>

namespace fxs::ui {

/// A geometry as a person edits it. Where one panel faces the sample, `position` is the beam's centre {fast, slow} in pixels from the
/// outer corner of the first pixel, and the pixel size may be changed. Any other detector is moved as a whole: `position` is the
/// mean of its panels' centres relative to the beam, {x, y} in millimetres.
struct GeometryValues {
    bool facing = false;
    std::array<double, 2> position{};
    double distanceMetre = 0, wavelengthAngstrom = 0;
    double pixelSizeMetre = 0; ///< of the first panel's fast axis

    bool operator==(const GeometryValues&) const = default;
};
GeometryValues valuesOf(const DetectorGeometry& geometry);
/// The geometry with these values in place of its own.
DetectorGeometry withValues(const DetectorGeometry& geometry, const GeometryValues& values);

/// How a picture shows the detector's plane: where the beam meets it, and the picture's units a metre (negative: mirrored).
struct PicturePlane {
    PicturePoint beam;
    double xPerMetre = 0, yPerMetre = 0;
};
/// From where the picture has the pixels. nullopt: it does not show the panels where they are (stored one above the other), or
/// turned, so that circles around the beam are none in it.
std::optional<PicturePlane> planeOf(const PixelPlacement& placement, const DetectorGeometry& geometry);

} // namespace fxs::ui
