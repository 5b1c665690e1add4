#pragma once

#include "engine/detector/geometry.h"

#include <optional>
#include <string>

namespace fxs {

/// The explicit single-panel form, and the section "geometry" of a geometry file (TOML):
///
///     [geometry]
///     distance = 0.7        # m
///     pixel-size = 200e-6   # m
///     centre = "512,512"    # fast,slow in pixels from the outer corner of the first pixel; absent: the middle
///     slow = 1024           # pixels; absent: what the run has
///     fast = 1024
///     wavelength = 1.77     # Å; absent: what the run says
struct GeometrySettings {
    std::optional<double> distance, pixelSize; ///< m
    std::string centre;
    std::optional<int> slow, fast;
    std::optional<double> wavelength; ///< Å

    static const SettingsDescription<GeometrySettings>& description();
    std::vector<Problem> validate() const;
};

/// Two numbers "fast,slow" of a beam centre. Throws: Error(badSettings) with what was found.
std::array<double, 2> parseCentre(const std::string& text);

/// What the run knows, for what a geometry file leaves open.
struct GeometryDefaults {
    std::size_t slow = 0, fast = 0; ///< 0: not known
    double wavelengthAngstrom = 0;  ///< 0: not known
};

/// Reads a geometry file, recognised by its content: TOML as above, or pyFAI's .poni (version 2, with its rotations).
/// Throws: Error(notFound, noPermission, badInput) naming the file, what was found and expected; Error(badSettings)
/// where the file
///         says another shape than the run has, or nobody says one.
DetectorGeometry readGeometryFile(const std::string& path, const GeometryDefaults& run);

} // namespace fxs
