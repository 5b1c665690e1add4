#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "engine/backend/job_settings.h"
#include "engine/io/map_file.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs reconstruct COEFFICIENTS.h5 -o DENSITY.h5: B_l to a density by M-TIP.
class ReconstructCommand : public Command {
public:
    const char* name() const override { return "reconstruct"; }
    const char* brief() const override { return "Coefficients to the three-dimensional density (M-TIP)"; }

    void describe(CLI::App& app) override {
        app.add_option("COEFFICIENTS", m_input, "filtered coefficients")->required();
        m_output.describe(app, "the density", "DENSITY.h5");
        app.add_flag("--resume", m_resume, "go on where a stopped reconstruction left the output");
        app.add_option("--map", m_map, "write the density as a map too (MRC/CCP4)")->type_name("DENSITY.mrc");
        m_settings.emplace(app);
        for (const SettingsSection& section : jobSections(Stage::reconstruct, Stage::reconstruct))
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        OutputOptions::requireFree(m_map, m_output.force);
        JobSpec spec;
        spec.name = "reconstruct";
        spec.inputs = {m_input};
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::reconstruct;
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.overwrite = m_output.force;
        spec.resume = m_resume;
        JobResult result = context.runJob(spec);
        if (!m_map.empty()) {
            writeMap(m_map, result.last.density->map, {m_output.force});
            result.files.push_back(m_map);
        }
        reportJob(context, result);
    }

private:
    std::string m_input, m_map;
    OutputOptions m_output;
    bool m_resume = false;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeReconstructCommand() {
    return std::make_unique<ReconstructCommand>();
}

} // namespace fxs::app
