#pragma once

#include "engine/core/settings.h"
#include "engine/detector/geometry.h"
#include "engine/io/structure.h"
#include "engine/model/run_source.h"
#include "engine/simulate/image_synthesiser.h"
#include "engine/simulate/intensity_harmonics.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What `fxs simulate` is asked for. Keys: commands-and-files.md.
struct SimulationSettings {
    std::int64_t images = 10000;
    int particles = 1;          ///< in every shot, scattering incoherently
    double photonEnergy = 8000; ///< eV; 0: a flat Ewald sphere, on purpose
    double qMin = 0;            ///< 1/Å, the inner edge of the first ring
    double qMax = 0.15;         ///< 1/Å, the outer edge of the last ring
    int qBins = 100;
    int phiBins = 256;
    std::optional<double> photons; ///< mean number in an image, background included; absent: noise-free
    double background = 0;         ///< isotropic, the same in every bin, as a fraction of the mean signal of a bin
    double solvent = 0;            ///< electrons/Å³ that the atoms displace; 0: vacuum
    std::int64_t seed = 1;

    static const SettingsDescription<SimulationSettings>& description();
    /// Every problem, those of the grid and the wavelength included.
    std::vector<Problem> validate() const;
    double wavelengthAngstrom() const { return photonEnergy > 0 ? kEvAngstrom / photonEnergy : 0; }
    PolarGrid grid() const;
};

/// A run of simulated images of randomly oriented particles. Frame i depends on the settings and i only, so any part of
/// the run can be read in any order, by any number of threads, with the same bits.
/// Method:  engine/simulate/README.md. Orientations are uniform on SO(3); photons are Poisson numbers of the scaled
///          intensity.
/// Units:   noise-free: electrons² (the square of the amplitude in electrons); with `photons`: counts, and
///          photonsPerUnit is 1.
/// Shape:   polar [frame][q][phi], or with a detector raw frames [frame][panel][ss][fs] (cubic interpolation on a
///          fine polar image: about 1e-3 of a ring's mean from the exact value).
/// Threads: one call at a time; parallel inside over frames.
/// Throws:  Error(badSettings) with every problem; Error(internal) for a kind of frame that the run does not have;
///          Stopped.
/// Cost:    GroEL to 0.15 1/Å, 100 x 256: about 1 s to prepare, 0.1 ms a frame and core; photons add 0.4 ms a frame and
///          core.
class SimulatedRun : public RunSource {
public:
    SimulatedRun(const SimulationSettings& settings, const Structure& structure, std::optional<PixelMap> detector,
                 const TaskContext& task);
    ~SimulatedRun() override;

    const RunInfo& info() const override;
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

    /// Orientation of a particle: its image shows I(R n).
    Rotation orientation(std::uint64_t frame, int particle) const;
    /// The particle's own harmonics, on the rings of the images (of the fine polar image for raw frames).
    const IntensityHarmonics& harmonics() const;
    /// Photons (or electrons² if noise-free) per electron² of intensity.
    double scale() const;

private:
    struct Detector;
    struct State;
    std::unique_ptr<State> m_state;
};

/// Validates, computes the particle's harmonics and returns a run of polar images.
std::unique_ptr<SimulatedRun> makeSimulatedRun(const SimulationSettings& settings, const Structure& structure,
                                               const TaskContext& task);
/// The same as raw frames of a detector, each pixel's solid angle counted. The wavelength is that of the settings,
/// whatever the geometry says. Pixels below q-min or above q-max hold 0 and are invalid in the run's fixed mask
/// (RunInfo::frameMask).
std::unique_ptr<SimulatedRun> makeSimulatedRun(const SimulationSettings& settings, const Structure& structure,
                                               const DetectorGeometry& detector, const TaskContext& task);

} // namespace fxs
