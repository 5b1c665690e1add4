#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/setting_options.h"
#include "app/fxs/usage_error.h"
#include "engine/core/provenance.h"
#include "engine/io/calibration_file.h"
#include "engine/io/input_settings.h"
#include "engine/io/run_reader.h"
#include "engine/preprocess/calibrator.h"

#include <fmt/format.h>

#include <optional>

namespace fxs::app {

namespace {

/// fxs calibrate RUN... -o CALIBRATION.h5: dark, noise, gain and bad pixels.
class CalibrateCommand : public Command {
public:
    const char* name() const override { return "calibrate"; }
    const char* brief() const override { return "Dark, noise, gain and bad pixels of a detector, from runs"; }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run without light; with --gain-stages, of one run a stage")
            ->required();
        m_output.describe(app, "the calibration", "CALIBRATION.h5");
        app.add_option("--photons", m_photons, "the files of a run with few photons a pixel, for the gain")
            ->type_name("RUN");
        app.add_option("--gain-stages", m_stages,
                       "runs are given for so many gain stages, the same number of files each (default: 1)")
            ->type_name("N")
            ->check(CLI::Range(1, 8));
        m_settings.emplace(app);
        m_settings->add(InputSettings::description());
        m_settings->add(CalibrateSettings::description());
    }

    void run(CommandContext& context) override {
        const auto given = m_settings->given(context.options().settingsFile);
        const auto input = SettingOptions::settings<InputSettings>(given);
        Calibrator calibrator(SettingOptions::settings<CalibrateSettings>(given));
        if (m_files.size() % m_stages != 0)
            throw UsageError(fmt::format("{} files are given for {} gain stages, expected the same number for each",
                                         m_files.size(), m_stages));
        m_output.requireFree();
        Provenance provenance = startProvenance(context.options().commandLine);
        const auto open = [&](const std::vector<std::string>& files) {
            for (const std::string& file : files)
                provenance.inputs.push_back(recordInput(file));
            auto run = openRun(files, input, context.task());
            run->allowRaw16();
            return run;
        };
        const std::size_t each = m_files.size() / m_stages;
        for (std::size_t stage = 0; stage < m_stages; ++stage) {
            const auto first = m_files.begin() + static_cast<std::ptrdiff_t>(stage * each);
            calibrator.addDark(*open({first, first + static_cast<std::ptrdiff_t>(each)}), context.task());
        }
        if (!m_photons.empty())
            calibrator.addPhotons(*open(m_photons), context.task());
        Calibration calibration = calibrator.finish();
        calibration.provenance = std::move(provenance);
        writeCalibration(m_output.path, calibration, {m_output.force});
        report(context, calibrator, calibration);
    }

private:
    void report(CommandContext& context, const Calibrator& calibrator, const Calibration& calibration) const {
        const BadPixelCounts& bad = calibrator.badPixels();
        Json& json = context.report();
        json["frames"] = calibration.frames;
        json["gain_stages"] = calibration.dark.extent(0);
        json["pixels"] = calibration.mask.size();
        json["bad_pixels"] = {
            {"masked_by_the_run", bad.alreadyMasked}, {"dead", bad.dead}, {"noisy", bad.noisy}, {"hot", bad.hot}};
        json["files"] = {m_output.path};
        std::string text =
            fmt::format("dark          {} frames, {} gain stage{}, {} pixels\n"
                        "bad pixels    {} dead, {} noisy, {} hot, {} masked by the run",
                        calibration.frames, calibration.dark.extent(0), calibration.dark.extent(0) == 1 ? "" : "s",
                        calibration.mask.size(), bad.dead, bad.noisy, bad.hot, bad.alreadyMasked);
        if (!m_photons.empty()) {
            json["blocks"] = calibrator.blocks();
            json["blocks_with_photon_peak"] = calibrator.blocksWithPeak();
            text += fmt::format("\ngain          one-photon peak found in {} of {} blocks{}",
                                calibrator.blocksWithPeak(), calibrator.blocks(),
                                calibration.gain.empty() ? "; no gain is written" : "; the others take their median");
        }
        context.say(text + "\nwritten       " + m_output.path);
    }

    std::vector<std::string> m_files, m_photons;
    OutputOptions m_output;
    std::size_t m_stages = 1;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeCalibrateCommand() {
    return std::make_unique<CalibrateCommand>();
}

} // namespace fxs::app
