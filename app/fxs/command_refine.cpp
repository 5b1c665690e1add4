#include "app/fxs/command.h"
#include "app/fxs/setting_options.h"
#include "engine/detector/refine_geometry.h"
#include "engine/io/geometry_input.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace fxs::app {

namespace {

/// The mean of up to `wanted` frames, taken evenly over the run; pixels that are bad in a frame are left out of it. Those that
/// are bad in all come out invalid in mask.
Array<float, 3> meanFrame(RunSource& run, std::uint64_t wanted, Array<std::uint8_t, 3>& mask, const TaskContext& task) {
    const RunInfo& info = run.info();
    const std::array<std::size_t, 3> shape{info.panels, info.slow, info.fast};
    const std::uint64_t all = info.frameCount.value_or(wanted), count = std::min(all, wanted);
    Array<double, 3> sum(shape), seen(shape);
    ProgressMeter meter(task, "Mean frame", count);
    for (std::uint64_t i = 0; i < count; ++i) {
        task.checkpoint();
        const FrameBatch batch = run.readFrames(i * all / count, 1, task);
        for (std::size_t p = 0; batch.frameCount() > 0 && p < sum.size(); ++p)
            if (batch.mask.empty() || batch.mask.data()[p]) {
                sum.data()[p] += static_cast<double>(batch.data.data()[p]);
                seen.data()[p] += 1;
            }
        meter.advance();
    }
    mask = info.frameMask.empty() ? Array<std::uint8_t, 3>(shape) : info.frameMask.clone();
    if (info.frameMask.empty())
        std::ranges::fill(mask.span(), std::uint8_t{1});
    Array<float, 3> mean(shape);
    for (std::size_t p = 0; p < sum.size(); ++p) {
        mask.data()[p] = mask.data()[p] && seen.data()[p] > 0;
        mean.data()[p] = seen.data()[p] > 0 ? static_cast<float>(sum.data()[p] / seen.data()[p]) : 0.0f;
    }
    return mean;
}

/// fxs refine RUN...: beam centre and distance from the data. Proposes; nothing is applied.
class RefineCommand : public Command {
public:
    const char* name() const override { return "refine"; }
    const char* brief() const override {
        return "Propose beam centre and distance from the mean frame of a run; nothing is applied";
    }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run of detector frames")->required();
        app.add_option("-o,--output", m_output, "write the proposed geometry here, for --geometry of other commands")
            ->type_name("GEOMETRY.toml");
        app.add_flag("--force", m_force, "replace the output if it is there");
        app.add_option("--frames", m_frames, "how many frames, taken evenly over the run, make the mean")
            ->check(CLI::Range(1, 1000000))
            ->capture_default_str();
        m_settings.emplace(app).add(InputSettings::description());
        m_settings->add(RefineSettings::description());
    }

    void run(CommandContext& context) override {
        const SettingSections given = m_settings->given(context.options().settingsFile);
        const auto input = SettingOptions::settings<InputSettings>(given);
        const auto settings = SettingOptions::settings<RefineSettings>(given);
        throwIfFatal(settings.validate());
        const TaskContext& task = context.task();
        const auto source = openRun(m_files, input, task);
        if (source->isPolar())
            throw Error(ErrorCode::badInput,
                        m_files.front() + " holds polar images: there is no detector geometry to refine");
        const DetectorGeometry geometry = geometryOf(source->info(), input);
        Array<std::uint8_t, 3> mask;
        const Array<float, 3> mean = meanFrame(*source, static_cast<std::uint64_t>(m_frames), mask, task);
        const GeometryRefinement found = refineGeometry(geometry, mean, mask, settings, task);
        for (const Problem& problem : found.problems)
            task.warn(problem.message);
        if (!m_output.empty())
            writeGeometryFile(m_output, found.proposed, {m_force});
        report(context, found);
    }

private:
    void report(CommandContext& context, const GeometryRefinement& found) const {
        Json rings = Json::array();
        for (const FoundRing& ring : found.rings)
            rings.push_back({{"expected_q", ring.expectedQ},
                             {"found_q_before", ring.foundBefore},
                             {"found_q_after", ring.foundAfter},
                             {"error", ring.error}});
        context.report().update(Json{{"centre_refined", found.centreRefined},
                                     {"centre_shift_pixel", found.centreShiftPixel},
                                     {"centre_error_pixel", found.centreErrorPixel},
                                     {"centre_shift_metre", found.centreShift},
                                     {"distance_refined", found.distanceRefined},
                                     {"distance_before", found.distanceGiven},
                                     {"distance", found.distance},
                                     {"distance_error", found.distanceError},
                                     {"ring_scatter_before", found.meritGiven},
                                     {"ring_scatter", found.merit},
                                     {"pixels", found.pixelsUsed},
                                     {"rings", rings},
                                     {"geometry", geometryToToml(found.proposed)}});
        if (found.centreRefined)
            context.say(fmt::format("beam centre   moves by {:+.3f} +- {:.3f} pixels (fast), {:+.3f} +- {:.3f} (slow)",
                                    found.centreShiftPixel[0], found.centreErrorPixel[0], found.centreShiftPixel[1],
                                    found.centreErrorPixel[1]));
        if (found.distanceRefined)
            context.say(fmt::format("distance      {:.6f} m becomes {:.6f} +- {:.6f} m, from {} known ring{}",
                                    found.distanceGiven, found.distance, found.distanceError, found.rings.size(),
                                    found.rings.size() == 1 ? "" : "s"));
        for (const FoundRing& ring : found.rings)
            context.say(fmt::format("  ring        q {:.5f} 1/Å was seen at {:.5f} +- {:.5f}, is now at {:.5f}",
                                    ring.expectedQ, ring.foundBefore, ring.error, ring.foundAfter));
        context.say(fmt::format("rings         scatter by {:.3f} % of their mean, before {:.3f} % ({} pixels)",
                                100 * found.merit, 100 * found.meritGiven, found.pixelsUsed));
        context.say(m_output.empty() ? "proposed      (nothing is written; -o GEOMETRY.toml keeps it)\n\n" +
                                           geometryToToml(found.proposed)
                                     : "written       " + m_output);
    }

    std::vector<std::string> m_files;
    std::string m_output;
    bool m_force = false;
    int m_frames = 200;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeRefineCommand() {
    return std::make_unique<RefineCommand>();
}

} // namespace fxs::app
