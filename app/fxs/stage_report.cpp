#include "app/fxs/stage_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace fxs::app {

namespace {

const char* stageKey(Stage stage) {
    switch (stage) {
    case Stage::correlate:
        return "correlation";
    case Stage::filter:
        return "coefficients";
    case Stage::reconstruct:
        return "density";
    }
    return "";
}

double mean(const std::vector<double>& values) {
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double largest(const std::vector<double>& values) {
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

const Restart* bestRestart(const Reconstruction& reconstruction) {
    const auto it = std::min_element(reconstruction.restarts.begin(), reconstruction.restarts.end(),
                                     [](const Restart& a, const Restart& b) { return a.residual < b.residual; });
    return it == reconstruction.restarts.end() ? nullptr : &*it;
}

std::ptrdiff_t selectedCount(const Reconstruction& reconstruction) {
    return std::count_if(reconstruction.restarts.begin(), reconstruction.restarts.end(),
                         [](const Restart& r) { return r.selected; });
}

} // namespace

Json describe(const CorrelationSnapshot& correlation) {
    const CorrelationSums& sums = *correlation.sums;
    Json d = {{"frames", sums.frameCount()},
              {"frames_per_half", sums.frames},
              {"rings", sums.grid.qCount()},
              {"azimuths", sums.grid.phiCount},
              {"harmonics", sums.harmonics},
              {"parity", sums.parity == Parity::even ? "even" : "full"},
              {"q", sums.grid.q},
              {"wavelength_angstrom", sums.experiment.wavelengthAngstrom},
              {"half_set_per_ring", correlation.halfSetPerRing},
              {"half_set_per_harmonic", correlation.halfSetPerHarmonic}};
    if (sums.parity == Parity::full)
        d["imaginary_fraction"] = correlation.imaginaryFraction;
    if (!sums.ringCondition.empty())
        d["ring_condition"] = sums.ringCondition;
    d["rejected"] = Json::object();
    for (const auto& [reason, count] : sums.rejected)
        d["rejected"][reason] = count;
    return d;
}

Json describe(const FilterResult& filtered) {
    const Coefficients& c = filtered.all;
    Json d = {{"frames", filtered.frames},
              {"diameter_angstrom", c.diameterAngstrom},
              {"max_order", c.maxOrder},
              {"shells", c.qCount()},
              {"q", c.q},
              {"rank", c.rank},
              {"condition", c.condition},
              {"order_error", c.orderError},
              {"iterations", filtered.iterations},
              {"halves", filtered.halves.size()},
              {"particles_per_shot", c.experiment.particlesPerShot}};
    d["regularisation"] = Json::object();
    for (const auto& [name, weight] : c.regularisation)
        d["regularisation"][name] = weight;
    return d;
}

Json describe(const ShellCorrelation& fsc) {
    return {{"q", fsc.q},
            {"fsc", fsc.fsc},
            {"mean", fsc.mean},
            {"resolution_05_angstrom", fsc.resolutionHalf},
            {"reaches_band_limit_05", fsc.reachesBandLimitHalf},
            {"resolution_0143_angstrom", fsc.resolution0143},
            {"reaches_band_limit_0143", fsc.reachesBandLimit0143}};
}

Json describe(const Reconstruction& reconstruction) {
    Json d = {{"symmetry", reconstruction.symmetry},
              {"diameter_angstrom", reconstruction.diameterAngstrom},
              {"q_max", reconstruction.qMax},
              {"band_limit_angstrom", reconstruction.qMax > 0 ? 2 * 3.14159265358979323846 / reconstruction.qMax : 0.0},
              {"map_size", reconstruction.map.size()},
              {"map_spacing_angstrom", reconstruction.map.spacingAngstrom},
              {"finished_early", reconstruction.finishedEarly}};
    d["restarts"] = Json::array();
    for (const Restart& r : reconstruction.restarts)
        d["restarts"].push_back({{"seed", r.seed},
                                 {"residual", r.residual},
                                 {"magnitude_error", r.magnitudeError},
                                 {"free_residual", r.freeResidual},
                                 {"selected", r.selected}});
    if (!reconstruction.halfSetFsc.q.empty())
        d["half_set_fsc"] = describe(reconstruction.halfSetFsc);
    if (!reconstruction.referenceFsc.q.empty())
        d["reference_fsc"] = describe(reconstruction.referenceFsc);
    if (!reconstruction.prtf.empty())
        d["prtf"] = {{"q", reconstruction.prtfQ}, {"prtf", reconstruction.prtf}};
    d["symmetry_scan"] = Json::object();
    for (const auto& [group, residual] : reconstruction.symmetryScan)
        d["symmetry_scan"][group] = residual;
    return d;
}

std::string resolutionText(double resolutionAngstrom, bool reachesBandLimit) {
    return fmt::format("{:.1f} Å{}", resolutionAngstrom, reachesBandLimit ? " (the band limit)" : "");
}

std::string textOf(const CorrelationSnapshot& correlation) {
    const CorrelationSums& sums = *correlation.sums;
    std::string text = fmt::format("correlation   {} frames, {} rings x {} azimuths, {} harmonics, {} parity",
                                   sums.frameCount(), sums.grid.qCount(), sums.grid.phiCount, sums.harmonics,
                                   sums.parity == Parity::even ? "even" : "full");
    if (!correlation.halfSetPerRing.empty())
        text += fmt::format("\n              half sets agree to {:.4f} (mean over rings)",
                            mean(correlation.halfSetPerRing));
    if (!sums.ringCondition.empty())
        text += fmt::format("\n              masked rings are fitted; largest condition number {:.3g}",
                            largest(sums.ringCondition));
    for (const auto& [reason, count] : sums.rejected)
        text += fmt::format("\n              {} frames left out: {}", count, reason);
    return text;
}

std::string textOf(const FilterResult& filtered) {
    const Coefficients& c = filtered.all;
    std::string ranks;
    for (std::size_t l = 0; l < c.rank.size(); l += 2)
        ranks += fmt::format("{}{}:{}", ranks.empty() ? "" : " ", l, c.rank[l]);
    return fmt::format("coefficients  diameter {:.1f} Å, orders to l = {}, {} shells to q = {:.4f} 1/Å\n"
                       "              rank of each l  {}",
                       c.diameterAngstrom, c.maxOrder, c.qCount(), c.q.empty() ? 0.0 : c.q.back(), ranks);
}

std::string textOf(const Reconstruction& reconstruction) {
    std::string text = fmt::format("density       symmetry {}, {} of {} restarts averaged", reconstruction.symmetry,
                                   selectedCount(reconstruction), reconstruction.restarts.size());
    if (const Restart* best = bestRestart(reconstruction))
        text += fmt::format(", best residual {:.3g}", best->residual);
    text += fmt::format("\n              map of {0} x {0} x {0} voxels of {1:.2f} Å", reconstruction.map.size(),
                        reconstruction.map.spacingAngstrom);
    const ShellCorrelation& fsc = reconstruction.halfSetFsc;
    if (!fsc.q.empty())
        text += fmt::format("\n              half sets: FSC = 0.143 at {}, mean FSC {:.3f}",
                            resolutionText(fsc.resolution0143, fsc.reachesBandLimit0143), fsc.mean);
    if (reconstruction.finishedEarly)
        text += "\n              finished early, on request";
    return text;
}

void reportJob(CommandContext& context, const JobResult& result) {
    Json& report = context.report();
    const Snapshot& last = result.last;
    std::string text;
    const auto add = [&](const char* key, const auto& pointer) {
        if (!pointer)
            return;
        report[key] = describe(*pointer);
        text += (text.empty() ? "" : "\n") + textOf(*pointer);
    };
    // A stage that did not run has its input there; what is reported is what was made.
    const auto ran = [&](Stage stage) {
        return std::any_of(result.seconds.begin(), result.seconds.end(),
                           [&](const auto& s) { return s.first == stage; });
    };
    if (ran(Stage::correlate))
        add(stageKey(Stage::correlate), last.correlation);
    if (ran(Stage::filter))
        add(stageKey(Stage::filter), last.coefficients);
    if (ran(Stage::reconstruct))
        add(stageKey(Stage::reconstruct), last.density);
    report["seconds"] = Json::object();
    for (const auto& [stage, seconds] : result.seconds) {
        report["seconds"][stageKey(stage)] = seconds;
        text += fmt::format("\n{:<13} {:.2f} s", std::string(stageKey(stage)) + ":", seconds);
    }
    report["files"] = result.files;
    for (const std::string& file : result.files)
        text += "\nwritten       " + file;
    context.say(text);
}

} // namespace fxs::app
