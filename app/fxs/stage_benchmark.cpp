#include "app/fxs/stage_benchmark.h"

#include "engine/backend/pipeline.h"
#include "engine/core/parallel.h"
#include "engine/correlate/correlator.h"
#include "engine/io/polar_run.h"
#include "engine/math/random.h"
#include "engine/mtif/filter.h"
#include "engine/mtip/reconstructor.h"
#include "engine/polar/resampler.h"
#include "engine/simulate/simulator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <numbers>

namespace fxs::app {

namespace {

template <class Body>
double secondsOf(Body&& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A folder of its own that is gone at the end, whatever the end is.
class ScratchFolder {
public:
    explicit ScratchFolder(const std::string& parent)
        : m_path(std::filesystem::path(parent) / fmt::format("fxs-benchmark-{}", getpid())) {
        std::error_code error;
        std::filesystem::create_directories(m_path, error);
        if (error)
            throw Error(ErrorCode::noPermission,
                        fmt::format("making the folder {}: {}", m_path.string(), error.message()));
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::string file(const char* name) const { return (m_path / name).string(); }

private:
    std::filesystem::path m_path;
};

/// As large as GroEL, 188 Å, and of no symmetry: atoms at random in a ball, so that every order has power.
Structure benchmarkParticle() {
    constexpr int kAtoms = 1500;
    constexpr double kRadius = 94;
    RandomStream random(1, 0);
    std::vector<Atom> atoms;
    while (atoms.size() < kAtoms) {
        Atom atom;
        double squared = 0;
        for (double& x : atom.position) {
            x = kRadius * (2 * random.uniform() - 1);
            squared += x * x;
        }
        atom.atomicNumber = 6;
        atom.bFactor = 20;
        if (squared <= kRadius * kRadius)
            atoms.push_back(atom);
    }
    return makeStructure("benchmark", std::move(atoms));
}

void measureFromFile(StageRates& rates, const std::string& folder, const TaskContext& task) {
    constexpr std::size_t kImages = 512, kRings = 300, kAzimuths = 256;
    const ScratchFolder scratch(folder);
    PolarBatch batch;
    batch.intensity = Array<float, 3>({kImages, kRings, kAzimuths});
    RandomStream random(2, 0);
    for (float& value : batch.intensity.span())
        value = static_cast<float>(random.uniform());
    PolarRunHeader header;
    header.grid = PolarGrid::uniform(0, 0.3, kRings, kAzimuths);
    PolarRunWriter writer(scratch.file("run.h5"), std::move(header));
    writer.append(batch);
    writer.finish();

    JobSpec spec;
    spec.inputs = {scratch.file("run.h5")};
    spec.first = spec.last = Stage::correlate; // no output: the figure is of reading and correlating
    JobHooks hooks;
    hooks.task.stop = task.stop;
    const double seconds = secondsOf([&] { runPipeline(spec, hooks); });
    rates.fileImages = kImages;
    rates.fileImagesPerSecond = static_cast<double>(kImages) / seconds;
    rates.fileMegabytesPerSecond = static_cast<double>(batch.intensity.size() * sizeof(float)) / 1e6 / seconds;
}

void measureBinning(StageRates& rates, const TaskContext& task) {
    constexpr std::size_t kPixels = 1024, kFrames = 16;
    // 200 µm pixels at 1 m and 1.5 Å: q to 0.4 1/Å at the edge.
    const auto geometry = DetectorGeometry::singlePanel(kPixels, kPixels, 1.0, 200e-6, {512.0, 512.0}, 1.5);
    PolarSettings settings;
    settings.qMin = 0.02;
    settings.qMax = 0.4;
    const PolarGrid grid = polarGridFor(settings, geometry, {}, task);
    const Resampler resampler(geometry, {}, grid, settings, task);
    FrameBatch frames;
    frames.data = Array<float, 4>({kFrames, 1, kPixels, kPixels});
    RandomStream random(3, 0);
    for (float& value : frames.data.span())
        value = static_cast<float>(random.uniform());
    resampler.resample(frames, task); // the first touches the memory
    const double seconds = secondsOf([&] { resampler.resample(frames, task); });
    rates.binningFramesPerSecond = static_cast<double>(kFrames) / seconds;
}

double secondsOfRestart(const char* recipe, const FilterResult& filtered, const TaskContext& task) {
    ReconstructSettings settings;
    settings.restarts = 1;
    settings.recipe = recipe;
    settings.halfSets = "none";
    return secondsOf([&] { Reconstructor(settings).run(filtered, task); });
}

void measureScience(StageRates& rates, const TaskContext& task) {
    SimulationSettings simulation; // the defaults are the default sizes: 100 rings x 256 azimuths to 0.15 1/Å
    simulation.images = 1024;
    const auto run = makeSimulatedRun(simulation, benchmarkParticle(), task);
    Correlator correlator({}, *run->info().polarGrid, run->info().experiment);
    correlator.accumulate(run->readPolar(0, static_cast<std::size_t>(simulation.images), task), task);
    correlator.finish(task);
    FilterSettings settings;
    settings.diameter = 190;
    const Filter filter(settings);
    FilterResult filtered;
    rates.filterSeconds = secondsOf([&] { filtered = filter.run(correlator.sums(), task); });
    rates.basicRestartSeconds = secondsOfRestart("basic", filtered, task);
    rates.polishedRestartSeconds = secondsOfRestart("polished", filtered, task);
}

} // namespace

StageRates measureStages(const std::string& folder, const TaskContext& task) {
    // Their own progress would only disturb: the bar is the benchmark's.
    TaskContext quiet;
    quiet.stop = task.stop;
    StageRates rates;
    measureFromFile(rates, folder, quiet);
    measureBinning(rates, quiet);
    measureScience(rates, quiet);
    return rates;
}

} // namespace fxs::app
