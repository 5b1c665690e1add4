#include "app/fxs/command.h"
#include "app/fxs/detector_benchmark.h"
#include "app/fxs/stage_benchmark.h"
#include "engine/core/parallel.h"
#include "engine/correlate/benchmark.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <filesystem>

namespace fxs::app {

namespace {

double peakMemoryMegabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024; // Linux counts in KiB
}

Json describe(const CorrelationRate& rate) {
    return {{"images_per_second", rate.imagesPerSecond},  {"harmonics", rate.harmonics},
            {"transform_seconds", rate.transformSeconds}, {"update_seconds", rate.updateSeconds},
            {"update_gflops", rate.updateGflops},         {"update_fraction_of_sgemm", rate.updateShareOfSgemm}};
}

std::string line(const char* name, const CorrelationRate& rate) {
    return fmt::format("{:<26} {:8.0f} images/s   {:3} harmonics   update at {:3.0f} % of the sgemm rate", name,
                       rate.imagesPerSecond, rate.harmonics, 100 * rate.updateShareOfSgemm);
}

/// fxs benchmark: the engine's own figures on this machine.
class BenchmarkCommand : public Command {
public:
    const char* name() const override { return "benchmark"; }
    const char* brief() const override { return "The engine's own figures on this machine"; }

    void describe(CLI::App& app) override {
        app.add_option("--folder", m_folder,
                       "where a file of 160 MB is written for the figure from a file, and removed again "
                       "(default: the system's folder for temporary files)")
            ->type_name("DIR");
        app.add_option("--repetitions", m_repetitions,
                       "repetitions of the correlation, of which the fastest counts (default: 5)")
            ->type_name("N")
            ->check(CLI::Range(1, 1000));
        app.add_flag("--detector", m_detectorOnly, "only the figures of a 1-megapixel detector");
    }

    void run(CommandContext& context) override {
        if (m_folder.empty())
            m_folder = std::filesystem::temp_directory_path().string();
        if (m_detectorOnly)
            return reportDetector(context, measureDetector(m_folder, context.task()));
        CorrelationBenchmarkSettings settings;
        settings.repetitions = m_repetitions;
        const CorrelationBenchmark correlation = runCorrelationBenchmark(settings, context.task());
        const StageRates stages = measureStages(m_folder, context.task());
        report(context, settings, correlation, stages);
        reportDetector(context, measureDetector(m_folder, context.task()));
    }

private:
    static void reportDetector(CommandContext& context, const DetectorRates& d) {
        context.report()["detector_1_megapixel_16_bit"] =
            Json{{"frames_per_second_from_memory", d.memoryFramesPerSecond},
                 {"frames_per_second_without_correlation", d.convertFramesPerSecond},
                 {"frames_per_second_from_file", d.fileFramesPerSecond},
                 {"frames_per_second_plain_reading", d.plainReadFramesPerSecond},
                 {"fraction_of_plain_reading", d.fileFramesPerSecond / d.plainReadFramesPerSecond},
                 {"memory_gigabytes_per_second", d.bandwidthGigabytes},
                 {"fraction_of_memory_bandwidth", d.bandwidthShare},
                 {"file_frames", d.fileFrames}};
        context.say("\nDetector of 1024 x 1024 pixels, 16 bit: dark, gain, mask, 300 x 256 bins, correlation");
        context.say(fmt::format("{:<26} {:8.0f} frames/s", "from memory", d.memoryFramesPerSecond));
        context.say(fmt::format("{:<26} {:8.0f} frames/s   {:.0f} % of the memory's {:.1f} GB/s",
                                "  without correlation", d.convertFramesPerSecond, 100 * d.bandwidthShare,
                                d.bandwidthGigabytes));
        context.say(fmt::format("{:<26} {:8.0f} frames/s   {:.0f} % of plain reading ({:.0f} frames/s)", "from a file",
                                d.fileFramesPerSecond, 100 * d.fileFramesPerSecond / d.plainReadFramesPerSecond,
                                d.plainReadFramesPerSecond));
    }

    static void report(CommandContext& context, const CorrelationBenchmarkSettings& settings,
                       const CorrelationBenchmark& c, const StageRates& s) {
        const double memory = peakMemoryMegabytes();
        context.report().update(
            Json{{"threads", c.threads},
                 {"vector_width", c.kernel},
                 {"blas", c.blas},
                 {"sgemm_gflops", c.sgemmGflops},
                 {"correlation", Json{{"rings", settings.rings},
                                      {"azimuths", settings.azimuths},
                                      {"even", app::describe(c.even)},
                                      {"full", app::describe(c.full)},
                                      {"even_band_limited", app::describe(c.evenLimited)},
                                      {"full_band_limited", app::describe(c.fullLimited)}}},
                 {"correlation_from_file", Json{{"images", s.fileImages},
                                                {"images_per_second", s.fileImagesPerSecond},
                                                {"megabytes_per_second", s.fileMegabytesPerSecond}}},
                 {"polar_binning_1_megapixel", Json{{"frames_per_second", s.binningFramesPerSecond}}},
                 {"filter_seconds", s.filterSeconds},
                 {"restart_seconds", Json{{"basic", s.basicRestartSeconds}, {"polished", s.polishedRestartSeconds}}},
                 {"peak_memory_megabytes", memory}});
        context.say(
            fmt::format("{} threads, {}, {:.0f} Gflop/s of sgemm\n{}", c.threads, c.kernel, c.sgemmGflops, c.blas));
        context.say(
            fmt::format("\nCorrelation of {} rings x {} azimuths, from memory", settings.rings, settings.azimuths));
        context.say(line("  even, all harmonics", c.even));
        context.say(line("  full, all harmonics", c.full));
        context.say(line("  even, band-limited", c.evenLimited));
        context.say(line("  full, band-limited", c.fullLimited));
        context.say(fmt::format("{:<26} {:8.0f} images/s   {:.0f} MB/s", "from a file, even", s.fileImagesPerSecond,
                                s.fileMegabytesPerSecond));
        context.say(
            fmt::format("{:<26} {:8.0f} frames/s   1024 x 1024 pixels", "polar binning", s.binningFramesPerSecond));
        context.say(
            fmt::format("{:<26} {:8.3f} s          100 rings x 256 azimuths, 190 Å", "filter", s.filterSeconds));
        context.say(fmt::format("{:<26} {:8.3f} s          one restart, 42 Å, one core", "phasing, basic",
                                s.basicRestartSeconds));
        context.say(fmt::format("{:<26} {:8.3f} s", "phasing, polished", s.polishedRestartSeconds));
        context.say(fmt::format("{:<26} {:8.0f} MB", "peak memory", memory));
    }

    std::string m_folder;
    int m_repetitions = 5;
    bool m_detectorOnly = false;
};

} // namespace

std::unique_ptr<Command> makeBenchmarkCommand() {
    return std::make_unique<BenchmarkCommand>();
}

} // namespace fxs::app
