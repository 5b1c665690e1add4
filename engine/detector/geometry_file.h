#pragma once

#include "engine/detector/geometry.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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
    std::size_t slow = 0, fast = 0; ///< of a slab; 0: not known
    double wavelengthAngstrom = 0;  ///< 0: not known
    std::size_t slabs = 0;          ///< of a frame [slab][ss][fs]; 0: not known
    /// The number at a place in the run's files ("/LCLS/photon_energy_eV"), for geometries that name one; the mean where
    /// there is one a frame. nullopt, or no function: there is none.
    std::function<std::optional<double>(const std::string& place)> lookup = {};
};

/// A mask that a geometry names: bits of an integer dataset.
struct GeometryMask {
    std::string file;                        ///< empty: the run's own file
    std::string dataset;                     ///< path inside it
    std::uint32_t goodBits = 0, badBits = 0; ///< valid: every good bit is set and no bad one
    std::vector<std::size_t> panels;         ///< that it is for
};

/// All that a geometry file says.
struct GeometryFile {
    DetectorGeometry geometry;
    std::string format;              ///< "CrystFEL", "pyFAI", "TOML"
    Array<std::uint8_t, 3> mask;     ///< its bad regions and unused panels, [slab][ss][fs], 1 = valid; empty: all valid
    std::vector<GeometryMask> masks; ///< to be read and applied by whoever reads files (engine/io/run_geometry.h)
    std::optional<double> unitsPerPhoton; ///< adu_per_photon, or adu_per_eV times the photon energy
    std::optional<double> saturation;     ///< max_adu
    std::string dataset;                  ///< where it expects the frames; empty: it does not say
    std::vector<std::string> remarks;     ///< what was passed over or assumed, for people
};

/// Reads a geometry file, recognised by its content: TOML as above or as geometryToToml() writes it, CrystFEL's .geom, or
/// pyFAI's .poni (version 2 and 2.1, with its rotations and orientation).
/// Throws: Error(notFound, noPermission, badInput) naming the file, what was found and expected; Error(badSettings)
/// where the file is for another shape than the run has, or nobody says one.
GeometryFile readGeometry(const std::string& path, const GeometryDefaults& run);
/// The same without what is not geometry.
DetectorGeometry readGeometryFile(const std::string& path, const GeometryDefaults& run);

/// A geometry file of ours. One panel that faces the sample becomes section [geometry]; any other has its panels too:
///
///     [geometry]
///     slabs = 2             # frames are [slab][slow][fast]
///     slow = 512
///     fast = 128
///     wavelength = 1.33     # Å
///     [[panel]]
///     name = "p0"
///     slab = 0              # where its pixels are: slab, first pixel, how many; absent: the whole slab of its index
///     first = [0, 0]        # slow, fast
///     pixels = [64, 128]
///     corner = [0.01, 0.02, 0.7]      # m: x, y, z of the first pixel's outer corner (detector/geometry.h)
///     fast-step = [200e-6, 0.0, 0.0]  # m: from one pixel to the next
///     slow-step = [0.0, 200e-6, 0.0]
///
/// Numbers read back the same to the last bit.
std::string geometryToToml(const DetectorGeometry& geometry);

} // namespace fxs
