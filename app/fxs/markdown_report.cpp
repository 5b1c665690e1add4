#include "app/fxs/stage_report.h"

#include "engine/backend/job_spec_text.h"
#include "engine/core/provenance.h"

#include <fmt/format.h>

namespace fxs::app {

namespace {

std::string correlationSection(const CorrelationSnapshot& correlation) {
    const CorrelationSums& sums = *correlation.sums;
    std::string text = "## Correlation\n\n";
    text += fmt::format("{} frames on {} rings (q = {:.4f} to {:.4f} 1/Å) of {} azimuths; {} harmonics, {} parity.\n\n",
                        sums.frameCount(), sums.grid.qCount(), sums.grid.q.front(), sums.grid.q.back(),
                        sums.grid.phiCount, sums.harmonics, sums.parity == Parity::even ? "even" : "full");
    for (const auto& [reason, count] : sums.rejected)
        text += fmt::format("- {} frames left out: {}\n", count, reason);
    if (!correlation.halfSetPerRing.empty()) {
        text += "| q (1/Å) | agreement of the half sets |\n|---|---|\n";
        const std::size_t step = std::max<std::size_t>(1, sums.grid.qCount() / 10);
        for (std::size_t i = 0; i < sums.grid.qCount() && i < correlation.halfSetPerRing.size(); i += step)
            text += fmt::format("| {:.4f} | {:.5f} |\n", sums.grid.q[i], correlation.halfSetPerRing[i]);
        text += "\n";
    }
    return text;
}

std::string coefficientSection(const FilterResult& filtered) {
    const Coefficients& c = filtered.all;
    std::string text = "## Coefficients\n\n";
    text += fmt::format("Diameter {:.1f} Å; orders to l = {}; {} shells; {} passes; {:.4g} particles a shot.\n\n",
                        c.diameterAngstrom, c.maxOrder, c.qCount(), filtered.iterations, c.experiment.particlesPerShot);
    text += "| l | rank | condition | half-set difference |\n|---|---|---|---|\n";
    for (std::size_t l = 0; l < c.rank.size(); l += 2)
        text += fmt::format("| {} | {} | {} | {} |\n", l, c.rank[l],
                            l < c.condition.size() ? fmt::format("{:.3g}", c.condition[l]) : "",
                            l < c.orderError.size() ? fmt::format("{:.3g}", c.orderError[l]) : "");
    return text + "\n";
}

std::string fscSection(const std::string& title, const ShellCorrelation& fsc) {
    std::string text = "### " + title + "\n\n";
    text += fmt::format("FSC = 0.5 at {}, FSC = 0.143 at {}; mean {:.3f}.\n\n| q (1/Å) | FSC |\n|---|---|\n",
                        resolutionText(fsc.resolutionHalf, fsc.reachesBandLimitHalf),
                        resolutionText(fsc.resolution0143, fsc.reachesBandLimit0143), fsc.mean);
    for (std::size_t i = 0; i < fsc.q.size(); ++i)
        text += fmt::format("| {:.4f} | {:.4f} |\n", fsc.q[i], fsc.fsc[i]);
    return text + "\n";
}

std::string densitySection(const Reconstruction& reconstruction) {
    std::string text = "## Density\n\n";
    text += fmt::format("Symmetry {}; a map of {} voxels an edge, {:.2f} Å each.{}\n\n", reconstruction.symmetry,
                        reconstruction.map.size(), reconstruction.map.spacingAngstrom,
                        reconstruction.finishedEarly ? " Finished early, on request." : "");
    text += "| seed | residual | magnitude error | free residual | averaged |\n|---|---|---|---|---|\n";
    for (const Restart& r : reconstruction.restarts)
        text += fmt::format("| {} | {:.4g} | {:.4g} | {:.4g} | {} |\n", r.seed, r.residual, r.magnitudeError,
                            r.freeResidual, r.selected ? "yes" : "no");
    text += "\n";
    for (const auto& [group, residual] : reconstruction.symmetryScan)
        text += fmt::format("- as {}: residual {:.4g}\n", group, residual);
    if (!reconstruction.symmetryScan.empty())
        text += "\n";
    if (!reconstruction.halfSetFsc.q.empty())
        text += fscSection("Fourier shell correlation of the half sets", reconstruction.halfSetFsc);
    if (!reconstruction.referenceFsc.q.empty())
        text += fscSection("Fourier shell correlation with the reference", reconstruction.referenceFsc);
    return text;
}

} // namespace

std::string markdownReport(const JobSpec& spec, const JobResult& result) {
    std::string text = "# Analysis\n\n";
    text +=
        fmt::format("FXS Workbench {}, {}.\n\n```\n{}\n```\n\n", versionString(), timestampUtc(), commandLine(spec));
    text += "| stage | seconds |\n|---|---|\n";
    for (const auto& [stage, seconds] : result.seconds)
        text += fmt::format("| {} | {:.2f} |\n", stageName(stage), seconds);
    text += "\n";
    if (result.last.correlation)
        text += correlationSection(*result.last.correlation);
    if (result.last.coefficients)
        text += coefficientSection(*result.last.coefficients);
    if (result.last.density)
        text += densitySection(*result.last.density);
    text += "## Settings\n\n```toml\n" + settingsText(spec) + "```\n";
    return text;
}

} // namespace fxs::app
