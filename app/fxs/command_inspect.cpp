#include "app/fxs/command.h"
#include "app/fxs/run_description.h"
#include "app/fxs/stage_report.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/run_reader.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs inspect RUN...: what the files are. Several files are one run; a single one may also be a result of ours.
class InspectCommand : public Command {
public:
    const char* name() const override { return "inspect"; }
    const char* brief() const override {
        return "Say what files are: layout, frames, geometry, wavelength, mask, problems";
    }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files or the folder of a run, or one result")->required();
        app.add_option("--look", m_look, "frames, evenly over the run, to look at the values of; 0: none")
            ->default_val(m_look)
            ->check(CLI::NonNegativeNumber);
        app.add_flag("--contents", m_contents, "list what an HDF5 file holds");
        m_settings.emplace(app).add(InputSettings::description());
    }

    void run(CommandContext& context) override {
        const auto input = SettingOptions::settings<InputSettings>(m_settings->given(context.options().settingsFile));
        const ResultKind kind = m_files.size() == 1 ? identifyFile(m_files.front()) : ResultKind::run;
        const std::string& file = m_files.front();
        switch (kind) {
        case ResultKind::correlation:
            tell(context, kind, readCorrelationSnapshot(file));
            break;
        case ResultKind::coefficients:
            tell(context, kind, readCoefficients(file));
            break;
        case ResultKind::density:
            tell(context, kind, readDensity(file));
            break;
        default:
            tellRun(context, input);
            break;
        }
    }

private:
    template <class Result>
    void tell(CommandContext& context, ResultKind kind, const Result& result) const {
        context.report()["file"] = m_files.front();
        context.report()[resultKindName(kind)] = app::describe(result);
        context.report()["made_by"] = result.provenance.command;
        context.say(m_files.front() + "\n" + textOf(result) + "\nmade by       " + result.provenance.command);
    }

    void tellRun(CommandContext& context, const InputSettings& input) const {
        std::shared_ptr<RunSource> source;
        if (m_files.size() == 1) {
            FileSummary file = inspectFile(m_files.front(), input, context.task());
            const bool broken = file.problem.has_value() || (file.kind == ResultKind::run && !file.run);
            if ((m_contents || broken) && !file.contents.empty()) {
                context.report()["contents"] = describeContents(file);
                context.say(contentsText(file, m_contents ? file.contents.size() : kLinesOfBroken));
            }
            if (file.problem)
                throw Error(*file.problem);
            source = std::move(file.run);
        }
        if (!source) // several files; or a single one that is nothing known, which is for openRun() to say
            source = openRun(m_files, input, context.task());
        context.report()["run"] = describeRun(source->info());
        context.say(runText(source->info()));
        if (m_look == 0)
            return;
        const FrameSurvey survey = surveyFrames(*source, static_cast<std::uint64_t>(m_look), context.task());
        context.report()["survey"] = describeSurvey(survey);
        context.say(surveyText(survey));
    }

    static constexpr std::size_t kLinesOfBroken = 30;
    int m_look = 3;
    bool m_contents = false;
    std::vector<std::string> m_files;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeInspectCommand() {
    return std::make_unique<InspectCommand>();
}

} // namespace fxs::app
