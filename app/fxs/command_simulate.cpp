#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "engine/core/parallel.h"
#include "engine/detector/geometry_file.h"
#include "engine/io/frame_run.h"
#include "engine/io/polar_run.h"
#include "engine/io/structure.h"
#include "engine/simulate/simulator.h"

#include <fmt/format.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace fxs::app {

namespace {

/// Frames [0, count) of a simulated run in batches, written in order while the next batch is made.
template <class Batch, class Read, class Write>
void pump(std::uint64_t count, std::size_t batchFrames, const TaskContext& task, Read read, Write write) {
    using Pointer = std::shared_ptr<Batch>; // TBB copies what flows
    ProgressMeter meter(task, "Simulation", count, "images");
    std::uint64_t next = 0;
    const auto make = [&](tbb::flow_control& control) -> Pointer {
        if (next == count || task.stop.stop_requested()) {
            control.stop();
            return nullptr;
        }
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(batchFrames, count - next));
        Pointer batch;
        // Isolated: the thread that waits here for its parallel loop must not begin to write.
        tbb::this_task_arena::isolate([&] { batch = std::make_shared<Batch>(read(next, n)); });
        next += n;
        return batch;
    };
    const auto save = [&](const Pointer& batch) {
        write(*batch);
        meter.advance(batch->frameCount());
    };
    constexpr std::size_t kLiveBatches = 3;
    tbb::parallel_pipeline(kLiveBatches, tbb::make_filter<void, Pointer>(tbb::filter_mode::serial_in_order, make) &
                                             tbb::make_filter<Pointer, void>(tbb::filter_mode::serial_in_order, save));
    task.checkpoint();
}

/// As many frames as make about 16 MB, so that memory stays bounded for any size of image.
std::size_t framesABatch(std::size_t valuesAFrame) {
    return std::clamp<std::size_t>((std::size_t{4} << 20) / std::max<std::size_t>(1, valuesAFrame), 1, 512);
}

/// fxs simulate STRUCTURE -o RUN.h5: atoms to a run of diffraction images.
class SimulateCommand : public Command {
public:
    const char* name() const override { return "simulate"; }
    const char* brief() const override { return "Atoms (PDB, mmCIF) to a run of diffraction images"; }

    void describe(CLI::App& app) override {
        app.add_option("STRUCTURE", m_structure, "a structure file: PDB or mmCIF, plain or .gz")->required();
        m_output.describe(app, "the run", "RUN.h5");
        app.add_option("--geometry", m_geometry,
                       "a geometry file: raw frames of that detector instead of polar images (CXI)")
            ->type_name("FILE");
        m_settings.emplace(app).add(SimulationSettings::description());
    }

    void run(CommandContext& context) override {
        const SettingSections given = m_settings->given(context.options().settingsFile);
        const auto settings = SettingOptions::settings<SimulationSettings>(given);
        const TaskContext& task = context.task();
        m_output.requireFree();
        Provenance provenance = startProvenance(context.options().commandLine);
        provenance.inputs.push_back(recordInput(m_structure));
        provenance.settings = settingsToToml(
            {{SimulationSettings::description().section(), SimulationSettings::description().values(settings)}});

        const auto start = std::chrono::steady_clock::now();
        const Structure structure = readStructure(m_structure, task);
        for (const std::string& remark : structure.remarks)
            task.warn(remark);
        if (m_geometry.empty())
            writePolar(settings, structure, std::move(provenance), task);
        else
            writeFrames(settings, structure, std::move(provenance), task);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        report(context, structure, settings, seconds);
    }

private:
    void writePolar(const SimulationSettings& settings, const Structure& structure, Provenance provenance,
                    const TaskContext& task) const {
        const auto run = makeSimulatedRun(settings, structure, task);
        const RunInfo& info = run->info();
        PolarRunHeader header;
        header.grid = *info.polarGrid;
        header.experiment = info.experiment;
        header.mask = info.polarMask.clone();
        header.units = settings.photons ? "photons" : "electrons^2";
        header.provenance = std::move(provenance);
        PolarRunWriter writer(m_output.path, std::move(header), {m_output.force});
        pump<PolarBatch>(
            static_cast<std::uint64_t>(settings.images),
            framesABatch(info.polarGrid->qCount() * info.polarGrid->phiCount), task,
            [&](std::uint64_t first, std::size_t count) { return run->readPolar(first, count, task); },
            [&](const PolarBatch& batch) { writer.append(batch); });
        writer.finish();
    }

    void writeFrames(const SimulationSettings& settings, const Structure& structure, Provenance provenance,
                     const TaskContext& task) const {
        FrameRunHeader header;
        GeometryDefaults defaults;
        defaults.wavelengthAngstrom = settings.wavelengthAngstrom();
        const GeometryFile file = readGeometry(m_geometry, defaults);
        for (const std::string& remark : file.remarks)
            task.warn(m_geometry + ": " + remark);
        header.geometry = file.geometry;
        header.geometry.wavelengthAngstrom = settings.wavelengthAngstrom(); // what the images are made for
        throwIfFatal(header.geometry.check());
        header.counts = settings.photons.has_value();
        provenance.inputs.push_back(recordInput(m_geometry));
        const auto run = makeSimulatedRun(settings, structure, header.geometry, task);
        header.experiment = run->info().experiment;
        header.mask = run->info().frameMask.clone();
        for (std::size_t i = 0; i < file.mask.size(); ++i)
            header.mask.data()[i] &= file.mask.data()[i];
        header.provenance = std::move(provenance);
        const std::size_t values = header.geometry.pixelCount();
        FrameRunWriter writer(m_output.path, std::move(header), {m_output.force});
        pump<FrameBatch>(
            static_cast<std::uint64_t>(settings.images), framesABatch(values), task,
            [&](std::uint64_t first, std::size_t count) { return run->readFrames(first, count, task); },
            [&](const FrameBatch& batch) { writer.append(batch); });
        writer.finish();
    }

    void report(CommandContext& context, const Structure& structure, const SimulationSettings& settings,
                double seconds) const {
        context.report().update(Json{{"file", m_output.path},
                                     {"images", settings.images},
                                     {"structure", structure.name},
                                     {"atoms", structure.atoms.size()},
                                     {"diameter_angstrom", structure.diameterAngstrom},
                                     {"molecular_weight_dalton", structure.molecularWeightDalton},
                                     {"seconds", seconds},
                                     {"images_per_second", static_cast<double>(settings.images) / seconds}});
        context.say(fmt::format("structure     {}: {} atoms, diameter {:.1f} Å, {:.1f} kDa{}", structure.name,
                                structure.atoms.size(), structure.diameterAngstrom,
                                structure.molecularWeightDalton / 1000,
                                structure.assembly.empty() ? "" : ", assembly " + structure.assembly));
        context.say(fmt::format("simulation    {} images in {:.2f} s", settings.images, seconds));
        context.say("written       " + m_output.path);
    }

    std::string m_structure, m_geometry;
    OutputOptions m_output;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeSimulateCommand() {
    return std::make_unique<SimulateCommand>();
}

} // namespace fxs::app
