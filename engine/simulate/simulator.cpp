#include "engine/simulate/simulator.h"

#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/math/random.h"
#include "engine/simulate/fine_image.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// ωh of the fine polar image, ω = diameter in q and l_max in φ: an interpolation error below 5e-4 at the highest
/// frequency.
constexpr double kFineStep = 0.35;
constexpr std::size_t kFramesPerTask = 4;
/// Neighbouring bins of a frame that take their photons from one stream of random numbers.
constexpr std::size_t kBinsPerStream = 256;

} // namespace

struct SimulatedRun::Detector {
    PixelMap pixels;
    Array<std::uint8_t, 3> inside; ///< 1: q of the pixel is within the simulated range
    double firstQ = 0, step = 0;
    std::size_t rings = 0, azimuths = 0;
    std::unique_ptr<FineImageSampler> sampler;

    Detector(PixelMap given, double diameter, const SimulationSettings& settings);
    double weight(std::size_t pixel) const {
        if (!inside.data()[pixel])
            return 0;
        return pixels.solidAngle.empty() ? 1.0 : static_cast<double>(pixels.solidAngle.data()[pixel]);
    }

private:
    void check(const SimulationSettings& settings) const;
};

void SimulatedRun::Detector::check(const SimulationSettings& settings) const {
    if (pixels.q.empty() || pixels.q.shape() != pixels.phi.shape() ||
        (!pixels.solidAngle.empty() && pixels.solidAngle.shape() != pixels.q.shape()))
        throw Error(ErrorCode::internal, "directions of a detector's pixels differ in shape, or there are none");
    if (settings.photonEnergy == 0)
        throw Error(ErrorCode::badSettings,
                    "photon-energy is 0 eV, expected more: raw frames of a detector need a wavelength");
    for (std::size_t i = 0; i < pixels.q.size(); ++i)
        if (!std::isfinite(pixels.q.data()[i]) || pixels.q.data()[i] < 0 || !std::isfinite(pixels.phi.data()[i]))
            throw Error(ErrorCode::badInput,
                        fmt::format("q of pixel {} is {} 1/Å and its azimuth {} rad, expected finite numbers", i,
                                    pixels.q.data()[i], pixels.phi.data()[i]));
}

SimulatedRun::Detector::Detector(PixelMap given, double diameter, const SimulationSettings& settings)
    : pixels(std::move(given)), inside(pixels.q.shape()) {
    check(settings);
    double least = settings.qMax, most = settings.qMin;
    for (std::size_t i = 0; i < pixels.q.size(); ++i) {
        const double q = pixels.q.data()[i];
        const bool covered = pixels.covered.empty() || pixels.covered.data()[i] != 0;
        inside.data()[i] = covered && q >= settings.qMin && q <= settings.qMax;
        if (inside.data()[i]) {
            least = std::min(least, q);
            most = std::max(most, q);
        }
    }
    if (least > most)
        throw Error(ErrorCode::badSettings,
                    fmt::format("no pixel of the detector lies between q-min ({} 1/Å) and q-max ({} 1/Å)",
                                settings.qMin, settings.qMax));
    step = kFineStep / std::max(diameter, 10.0);
    firstQ = std::max(0.0, least - 2 * step);
    // The last stencil may lean inwards: rings beyond 4π/λ do not exist.
    const double reachable = 4 * std::numbers::pi / settings.wavelengthAngstrom();
    rings = 4;
    while (firstQ + static_cast<double>(rings - 1) * step < most + step)
        ++rings;
    while (rings > 4 && firstQ + static_cast<double>(rings - 1) * step > reachable)
        --rings;
    azimuths = 64;
    while (static_cast<double>(azimuths) * kFineStep < 2 * std::numbers::pi * most * diameter)
        azimuths *= 2;
    Array<float, 3> q = pixels.q.clone();
    for (float& value : q.span())
        value = std::clamp(value, static_cast<float>(least), static_cast<float>(most));
    sampler = std::make_unique<FineImageSampler>(firstQ, step, rings, azimuths, q.span(), pixels.phi.span());
}

struct SimulatedRun::State {
    SimulationSettings settings;
    RunInfo info;
    std::unique_ptr<Detector> detector;
    IntensityHarmonics harmonics;
    std::unique_ptr<ImageSynthesiser> synthesiser;
    double scale = 1;      ///< from electrons² to the unit of the images
    double background = 0; ///< electrons², every bin

    void describe(const Structure& structure);
    void setScale();
    std::size_t available(std::uint64_t first, std::size_t count) const;
    /// One frame's values, of the polar image or of the detector's pixels.
    void render(std::uint64_t frame, std::span<float> out, ImageSynthesiser::Workspace& work) const;
    /// Frames [first, first + count) into out, one row a frame.
    void renderAll(std::uint64_t first, View<float, 2> out, const TaskContext& task) const;
};

SimulatedRun::SimulatedRun(const SimulationSettings& settings, const Structure& structure,
                           std::optional<PixelMap> detector, const TaskContext& task)
    : m_state(std::make_unique<State>()) {
    throwIfFatal(settings.validate());
    State& s = *m_state;
    s.settings = settings;
    const double wavelength = settings.wavelengthAngstrom();
    std::vector<double> q;
    std::size_t azimuths = 0;
    if (detector) {
        s.detector = std::make_unique<Detector>(std::move(*detector), structure.diameterAngstrom, settings);
        for (std::size_t i = 0; i < s.detector->rings; ++i)
            q.push_back(s.detector->firstQ + static_cast<double>(i) * s.detector->step);
        azimuths = s.detector->azimuths;
    } else {
        const PolarGrid grid = settings.grid();
        throwIfFatal(grid.check());
        q = grid.q;
        azimuths = grid.phiCount;
    }
    const Scatterers scatterers = scatterersOf(structure, settings.solvent);
    s.harmonics = intensityHarmonics(scatterers, structure.diameterAngstrom, q, task);
    s.synthesiser = std::make_unique<ImageSynthesiser>(s.harmonics, azimuths, wavelength, Polarity::against);
    s.setScale();
    s.describe(structure);
    if (settings.solvent > 0 && structure.hydrogenCount() == 0)
        task.warn(
            fmt::format("{} has no hydrogens: its contrast against the solvent comes out too high", structure.name));
    for (const auto& problem : s.info.problems)
        task.warn(problem.message);
}

SimulatedRun::~SimulatedRun() = default;

void SimulatedRun::State::setScale() {
    // The mean image, from the harmonics alone: no image is needed for it.
    double sum = 0, bins = 0;
    if (detector) {
        const auto& pixels = detector->pixels;
        for (std::size_t i = 0; i < pixels.q.size(); ++i) {
            const double ring = (static_cast<double>(pixels.q.data()[i]) - detector->firstQ) / detector->step;
            const auto below =
                static_cast<std::size_t>(std::clamp(std::floor(ring), 0.0, static_cast<double>(detector->rings - 2)));
            const double part = ring - static_cast<double>(below);
            const double weight = detector->weight(i);
            sum += weight * ((1 - part) * harmonics.mean(below) + part * harmonics.mean(below + 1));
            bins += weight;
        }
    } else {
        for (std::size_t i = 0; i < harmonics.q.size(); ++i) {
            sum += harmonics.mean(i) * settings.phiBins;
            bins += settings.phiBins;
        }
    }
    sum *= settings.particles;
    background = settings.background * sum / bins;
    if (settings.photons)
        scale = *settings.photons / (sum + background * bins);
}

void SimulatedRun::State::describe(const Structure& structure) {
    info.layout = "simulation";
    info.reason = "made from the atoms of " + structure.name;
    info.frameCount = static_cast<std::uint64_t>(settings.images);
    info.valueType = "float32";
    info.experiment.wavelengthAngstrom = settings.wavelengthAngstrom();
    info.experiment.wavelengthKnown = true;
    info.experiment.polarity = Polarity::against;
    info.experiment.particlesPerShot = settings.particles;
    info.experiment.particlesKnown = true;
    info.experiment.photonsPerUnit = settings.photons ? 1.0 : 0.0;
    if (detector) {
        info.panels = detector->pixels.q.extent(0);
        info.slow = detector->pixels.q.extent(1);
        info.fast = detector->pixels.q.extent(2);
        info.frameMask = detector->inside.clone();
    } else {
        info.polarGrid = settings.grid();
        if (const int enough = 2 * harmonics.maxOrder + 1; settings.phiBins < enough)
            info.problems.push_back(
                {"phi-bins",
                 fmt::format("{} azimuths cannot hold the harmonics of this particle up to m = {}: those "
                             "beyond fold back; {} azimuths would hold all",
                             settings.phiBins, harmonics.maxOrder, enough),
                 false});
    }
    info.metadata = {{"structure", structure.name},
                     {"atoms", fmt::format("{}", structure.atoms.size())},
                     {"diameter", fmt::format("{:.1f} Å", structure.diameterAngstrom)},
                     {"molecular weight", fmt::format("{:.1f} kDa", structure.molecularWeightDalton / 1000)},
                     {"highest order", fmt::format("{}", harmonics.maxOrder)},
                     {"truncation", fmt::format("{:.1e} of a ring's norm", harmonics.truncation)},
                     {"unit", settings.photons ? "photons" : "electrons²"},
                     {"seed", fmt::format("{}", settings.seed)}};
}

const RunInfo& SimulatedRun::info() const {
    return m_state->info;
}

const IntensityHarmonics& SimulatedRun::harmonics() const {
    return m_state->harmonics;
}

double SimulatedRun::scale() const {
    return m_state->scale;
}

Rotation SimulatedRun::orientation(std::uint64_t frame, int particle) const {
    return randomRotation(static_cast<std::uint64_t>(m_state->settings.seed),
                          frame * static_cast<std::uint64_t>(m_state->settings.particles) +
                              static_cast<std::uint64_t>(particle));
}

std::size_t SimulatedRun::State::available(std::uint64_t first, std::size_t count) const {
    const auto total = static_cast<std::uint64_t>(settings.images);
    return first >= total ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(count, total - first));
}

void SimulatedRun::State::render(std::uint64_t frame, std::span<float> out, ImageSynthesiser::Workspace& work) const {
    const auto seed = static_cast<std::uint64_t>(settings.seed);
    const auto particles = static_cast<std::uint64_t>(settings.particles);
    synthesiser->begin(work);
    for (std::uint64_t p = 0; p < particles; ++p)
        synthesiser->add(randomRotation(seed, frame * particles + p), work);
    synthesiser->finish(work);
    if (detector)
        detector->sampler->sample(work.image(), out);
    else
        std::copy_n(work.image().data(), out.size(), out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double weight = detector ? detector->weight(i) : 1.0;
        out[i] = static_cast<float>(scale * weight * (static_cast<double>(out[i]) + background));
    }
    if (!settings.photons)
        return;
    for (std::size_t first = 0; first < out.size(); first += kBinsPerStream) {
        RandomStream random(seed, frame, static_cast<std::uint32_t>(first / kBinsPerStream));
        for (float& value : out.subspan(first, std::min(kBinsPerStream, out.size() - first)))
            value = static_cast<float>(random.poisson(static_cast<double>(value)));
    }
}

void SimulatedRun::State::renderAll(std::uint64_t first, View<float, 2> out, const TaskContext& task) const {
    tbb::enumerable_thread_specific<ImageSynthesiser::Workspace> workspaces(
        [this] { return ImageSynthesiser::Workspace(*synthesiser); });
    parallelFor(out.extent(0), kFramesPerTask, task, [&](const auto& range) {
        auto& work = workspaces.local();
        for (std::size_t i = range.begin(); i < range.end() && !task.stop.stop_requested(); ++i)
            render(first + i, {&out(i, 0), out.extent(1)}, work);
    });
}

PolarBatch SimulatedRun::readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) {
    if (!isPolar())
        throw Error(ErrorCode::internal, "this simulation makes raw frames, not polar images");
    const std::size_t frames = m_state->available(first, count);
    const std::size_t rings = m_state->synthesiser->qCount();
    const std::size_t azimuths = m_state->synthesiser->phiCount();
    PolarBatch batch;
    batch.firstIndex = first;
    batch.intensity = Array<float, 3>::uninitialised({frames, rings, azimuths});
    m_state->renderAll(first, {batch.intensity.data(), {frames, rings * azimuths}}, task);
    return batch;
}

FrameBatch SimulatedRun::readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) {
    if (isPolar())
        throw Error(ErrorCode::internal, "this simulation makes polar images, not raw frames");
    const std::size_t frames = m_state->available(first, count);
    const RunInfo& info = m_state->info;
    FrameBatch batch;
    batch.firstIndex = first;
    batch.data = Array<float, 4>::uninitialised({frames, info.panels, info.slow, info.fast});
    m_state->renderAll(first, {batch.data.data(), {frames, info.panels * info.slow * info.fast}}, task);
    return batch;
}

std::unique_ptr<SimulatedRun> makeSimulatedRun(const SimulationSettings& settings, const Structure& structure,
                                               const TaskContext& task) {
    return withContext("simulating " + structure.name,
                       [&] { return std::make_unique<SimulatedRun>(settings, structure, std::nullopt, task); });
}

std::unique_ptr<SimulatedRun> makeSimulatedRun(const SimulationSettings& settings, const Structure& structure,
                                               const DetectorGeometry& detector, const TaskContext& task) {
    return withContext("simulating " + structure.name, [&] {
        throwIfFatal(settings.validate());
        if (settings.photonEnergy == 0)
            throw Error(ErrorCode::badSettings,
                        "photon-energy is 0 eV, expected more: raw frames of a detector need a wavelength");
        DetectorGeometry geometry = detector;
        geometry.wavelengthAngstrom = settings.wavelengthAngstrom();
        return std::make_unique<SimulatedRun>(settings, structure, pixelMap(geometry, task), task);
    });
}

} // namespace fxs
