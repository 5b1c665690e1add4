#include "app/fxs/command.h"
#include "app/fxs/compare_options.h"
#include "app/fxs/stage_report.h"
#include "engine/density/compare.h"
#include "engine/io/density_file.h"
#include "engine/io/map_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/structure.h"

#include <fmt/format.h>

#include <optional>
#include <variant>

namespace fxs::app {

const SettingsDescription<CompareOptions>& CompareOptions::description() {
    static const auto d =
        SettingsDescription<CompareOptions>("compare", "Comparison")
            .add(&CompareOptions::qMax, {.key = "q-max",
                                         .label = "Highest q",
                                         .unit = "1/Å",
                                         .help = "How far the curve goes; else as far as both files do.",
                                         .minimum = 0.0,
                                         .minimumExclusive = true})
            .add(&CompareOptions::diameter, {.key = "diameter",
                                             .label = "Diameter",
                                             .unit = "Å",
                                             .help = "The particle's largest extent; else the larger of the two.",
                                             .minimum = 0.0,
                                             .minimumExclusive = true})
            .add(&CompareOptions::mirror,
                 {.key = "mirror",
                  .label = "Try the other hand",
                  .help = "Intensities cannot tell the hand, so the mirror image is tried too."});
    return d;
}

namespace {

/// One of the two things compared, as read.
using Subject = std::variant<Reconstruction, DensityMap, Structure>;

Subject readSubject(const std::string& path, const TaskContext& task) {
    switch (const ResultKind kind = identifyFile(path)) {
    case ResultKind::density:
        return readDensity(path);
    case ResultKind::map:
        return readMap(path);
    case ResultKind::structure:
        return readStructure(path, task);
    default:
        throw Error(ErrorCode::badInput, fmt::format("{} is of kind {}, expected a density, a map or a structure", path,
                                                     resultKindName(kind)));
    }
}

Comparable comparable(const Subject& subject) {
    return std::visit([](const auto& content) -> Comparable { return &content; }, subject);
}

const char* kindOf(const Subject& subject) {
    static constexpr const char* kKinds[] = {"density", "map", "structure"};
    return kKinds[subject.index()];
}

/// fxs compare A B: lays B over A and prints the Fourier shell correlation.
class CompareCommand : public Command {
public:
    const char* name() const override { return "compare"; }
    const char* brief() const override {
        return "Align two densities, maps or structures; print their FSC and resolution";
    }

    void describe(CLI::App& app) override {
        app.add_option("A", m_first, "a density, map or structure")->required();
        app.add_option("B", m_second, "another one")->required();
        m_settings.emplace(app).add(CompareOptions::description());
    }

    void run(CommandContext& context) override {
        const auto options =
            SettingOptions::settings<CompareOptions>(m_settings->given(context.options().settingsFile));
        const TaskContext& task = context.task();
        const Subject a = readSubject(m_first, task);
        const Subject b = readSubject(m_second, task);
        report(context, a, b,
               fxs::compare(comparable(a), comparable(b), {options.qMax, options.diameter, options.mirror}, task));
    }

private:
    void report(CommandContext& context, const Subject& a, const Subject& b, const Comparison& comparison) const {
        const ShellCorrelation& fsc = comparison.fsc;
        const Alignment& alignment = comparison.alignment;
        Json& report = context.report();
        report["a"] = {{"file", m_first}, {"kind", kindOf(a)}};
        report["b"] = {{"file", m_second}, {"kind", kindOf(b)}};
        report["q_max"] = comparison.qMax;
        report["diameter_angstrom"] = comparison.diameterAngstrom;
        report["alignment"] = {{"rotation", Json(alignment.rotation.matrix())},
                               {"translation_angstrom", alignment.translationAngstrom},
                               {"mirrored", alignment.mirrored}};
        report["fsc"] = app::describe(fsc);
        std::string text = "  q (1/Å)      FSC";
        for (std::size_t i = 0; i < fsc.q.size(); ++i)
            text += fmt::format("\n  {:.5f}   {:7.4f}", fsc.q[i], fsc.fsc[i]);
        const auto& t = alignment.translationAngstrom;
        text += fmt::format("\naligned       moved by ({:.1f}, {:.1f}, {:.1f}) Å, {} hand", t[0], t[1], t[2],
                            alignment.mirrored ? "the other" : "the same");
        text += fmt::format("\nmean FSC      {:.4f}", fsc.mean);
        text += "\nFSC = 0.5     at " + resolutionText(fsc.resolutionHalf, fsc.reachesBandLimitHalf);
        text += "\nFSC = 0.143   at " + resolutionText(fsc.resolution0143, fsc.reachesBandLimit0143);
        context.say(text);
    }

    std::string m_first, m_second;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeCompareCommand() {
    return std::make_unique<CompareCommand>();
}

} // namespace fxs::app
