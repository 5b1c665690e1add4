#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "app/fxs/usage_error.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "engine/io/correlation_file.h"

#include <fmt/format.h>

#include <memory>

namespace fxs::app {

namespace {

/// fxs merge CORRELATION... -o CORRELATION.h5: adds accumulations up, or takes the difference of two.
class MergeCommand : public Command {
public:
    const char* name() const override { return "merge"; }
    const char* brief() const override { return "Add correlations of the same grid, or take the difference of two"; }

    void describe(CLI::App& app) override {
        app.add_option("CORRELATION", m_files, "two correlations or more")->required()->expected(2, 1 << 20);
        m_output.describe(app, "the sum", "CORRELATION.h5");
        app.add_flag("--subtract", m_subtract, "the first one's mean minus the second one's");
    }

    void run(CommandContext& context) override {
        if (m_subtract && m_files.size() != 2)
            throw UsageError(fmt::format("--subtract takes two correlations, {} are given", m_files.size()));
        m_output.requireFree();
        Provenance provenance = startProvenance(context.options().commandLine);
        for (const std::string& file : m_files)
            provenance.inputs.push_back(recordInput(file));

        ProgressMeter meter(context.task(), "Merging", m_files.size(), "files");
        CorrelationSums sums = readCorrelation(m_files.front());
        meter.advance();
        for (std::size_t i = 1; i < m_files.size(); ++i) {
            context.task().checkpoint();
            const CorrelationSums other = readCorrelation(m_files[i]);
            withContext(m_files[i] + " beside " + m_files.front(),
                        [&] { m_subtract ? subtract(sums, other) : fxs::merge(sums, other); });
            meter.advance();
        }
        CorrelationSnapshot merged = *makeSnapshot(std::move(sums));
        provenance.end = timestampUtc();
        merged.provenance = std::move(provenance);
        const Array<float, 3> c2OfAll = c2(*merged.sums);
        writeCorrelation(m_output.path, merged, c2OfAll.view(), {m_output.force});
        context.report()["correlation"] = app::describe(merged);
        context.report()["files"] = {m_output.path};
        context.say(textOf(merged) + "\nwritten       " + m_output.path);
    }

private:
    std::vector<std::string> m_files;
    OutputOptions m_output;
    bool m_subtract = false;
};

} // namespace

std::unique_ptr<Command> makeMergeCommand() {
    return std::make_unique<MergeCommand>();
}

} // namespace fxs::app
