#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "engine/backend/job_settings.h"
#include "engine/io/atomic_output.h"

#include <filesystem>
#include <map>
#include <optional>

namespace fxs::app {

namespace {

const std::map<std::string, Stage> kStages{
    {"correlate", Stage::correlate}, {"filter", Stage::filter}, {"reconstruct", Stage::reconstruct}};

std::string isStage(const std::string& word) {
    return kStages.count(word) ? "" : "is " + word + ", expected correlate, filter or reconstruct";
}

/// fxs analyse RUN... -o DIR: correlate, filter and reconstruct, with a report of figures. The same job as the
/// window's.
class AnalyseCommand : public Command {
public:
    const char* name() const override { return "analyse"; }
    const char* brief() const override { return "Images to density in one go, with a report of figures"; }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run; a correlation or coefficients with --from")->required();
        m_output.describe(app, "the folder of the results", "DIR");
        app.add_option("--from", m_first, "the first stage: correlate, filter or reconstruct")
            ->type_name("STAGE")
            ->check(isStage);
        app.add_option("--to", m_last, "the last stage")->type_name("STAGE")->check(isStage);
        app.add_flag("--resume", m_resume, "go on where an interrupted run left the folder");
        m_settings.emplace(app);
        for (const SettingsSection& section : jobSections())
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        JobSpec spec;
        spec.name = "analyse";
        spec.inputs = m_files;
        spec.outputFolder = m_output.path;
        spec.first = kStages.at(m_first);
        spec.last = kStages.at(m_last);
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.overwrite = m_output.force;
        spec.resume = m_resume;

        JobResult result = context.runJob(spec);
        const auto place = [&](const char* file) { return (std::filesystem::path(m_output.path) / file).string(); };
        result.files.push_back(place("REPORT.md"));
        result.files.push_back(place("report.json"));
        reportJob(context, result);
        // The figures of an earlier analysis are replaced with the results that they are of.
        writeTextFile(place("REPORT.md"), markdownReport(spec, result), {true});
        writeTextFile(place("report.json"), context.report().dump(2) + "\n", {true});
    }

private:
    std::vector<std::string> m_files;
    OutputOptions m_output;
    std::string m_first = "correlate", m_last = "reconstruct";
    bool m_resume = false;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeAnalyseCommand() {
    return std::make_unique<AnalyseCommand>();
}

} // namespace fxs::app
