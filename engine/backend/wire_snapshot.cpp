#include "engine/backend/wire_snapshot.h"

#include "engine/backend/job_folder.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "engine/io/atomic_output.h"
#include "engine/io/nexus.h"
#include "engine/io/result_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fxs {

namespace {

/// Groups of neighbouring rings, as equal as can be: ring g is made of [begin(g), begin(g + 1)).
class RingGroups {
public:
    RingGroups(std::size_t rings, std::size_t most)
        : m_rings(rings), m_groups(std::min(rings, std::max<std::size_t>(1, most))) {}
    std::size_t count() const { return m_groups; }
    bool isIdentity() const { return m_groups == m_rings; }
    std::size_t begin(std::size_t group) const { return group * m_rings / m_groups; }
    std::size_t of(std::size_t ring) const { return ((ring + 1) * m_groups - 1) / m_rings; }
    double size(std::size_t group) const { return static_cast<double>(begin(group + 1) - begin(group)); }

    std::vector<double> mean(const std::vector<double>& perRing) const {
        std::vector<double> out(m_groups, 0.0);
        for (std::size_t q = 0; q < perRing.size(); ++q)
            out[of(q)] += perRing[q] / size(of(q));
        return out;
    }

private:
    std::size_t m_rings, m_groups;
};

/// Sums of pairs of rings to sums of pairs of groups: the mean over all pairs of rings, q > q' counted by symmetry.
Array<double, 4> reducedPairs(const Array<double, 4>& sums, std::size_t rings, const RingGroups& groups,
                              std::size_t harmonics) {
    const std::size_t parts = sums.extent(3), n = groups.count();
    Array<double, 4> out({2, harmonics, pairCount(n), parts});
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t m = 0; m < harmonics; ++m)
            for (std::size_t q = 0; q < rings; ++q)
                for (std::size_t r = q; r < rings; ++r) {
                    const std::size_t a = groups.of(q), b = groups.of(r);
                    // Within a group both orders of a pair count; their imaginary parts cancel.
                    const double weight = (a == b && q != r ? 2.0 : 1.0) / (groups.size(a) * groups.size(b));
                    const double* from = &sums(half, m, pairIndex(q, r, rings), 0);
                    double* to = &out(half, m, pairIndex(a, b, n), 0);
                    to[0] += weight * from[0];
                    if (parts == 2 && a != b)
                        to[1] += weight * from[1];
                }
    return out;
}

/// A ratio of sums as plain sums that have the same means.
CorrelationSums withoutRatio(const CorrelationSums& sums) {
    CorrelationSums out = clone(sums);
    out.sumMaskC = {};
    for (std::size_t half = 0; half < 2; ++half) {
        const auto mean = meanHarmonics(sums, half == 0 ? HalfSelection::even : HalfSelection::odd);
        const auto frames = static_cast<double>(sums.frames[half]);
        for (std::size_t m = 0; m < sums.harmonics; ++m)
            for (std::size_t q = 0, pair = 0; q < sums.grid.qCount(); ++q)
                for (std::size_t r = q; r < sums.grid.qCount(); ++r, ++pair)
                    out.sumC(half, m, pair, 0) = frames * mean(m, q, r);
    }
    return out;
}

Array<double, 2> reducedCurves(const Array<double, 2>& sums, const RingGroups& groups) {
    if (sums.empty())
        return {};
    Array<double, 2> out({2, groups.count()});
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t q = 0; q < sums.extent(1); ++q)
            out(half, groups.of(q)) += sums(half, q) / groups.size(groups.of(q));
    return out;
}

/// The self terms of a group's rings add up on the diagonal of its pairs, each with its ring's own intensity.
Array<double, 2> reducedSelfTerm(const CorrelationSums& sums, const RingGroups& groups, std::size_t harmonics) {
    if (sums.selfTerm.empty())
        return {};
    const std::size_t columns = std::min(harmonics, sums.selfTerm.extent(1));
    Array<double, 2> out({groups.count(), columns});
    for (std::size_t g = 0; g < groups.count(); ++g) {
        double whole = 0;
        for (std::size_t q = groups.begin(g); q < groups.begin(g + 1); ++q) {
            const double intensity = sums.sumIntensity(0, q) + sums.sumIntensity(1, q);
            whole += intensity / groups.size(g);
            for (std::size_t m = 0; m < columns; ++m)
                out(g, m) += sums.selfTerm(q, m) * intensity / (groups.size(g) * groups.size(g));
        }
        for (std::size_t m = 0; m < columns; ++m)
            out(g, m) = whole > 0 ? out(g, m) / whole : 0;
    }
    return out;
}

CorrelationSnapshot reduced(const CorrelationSnapshot& snapshot, const WireLimits& limits) {
    CorrelationSnapshot out;
    const CorrelationSums& sums = *snapshot.sums;
    out.sums = std::make_shared<const CorrelationSums>(reducedForWire(sums, limits));
    out.sequence = snapshot.sequence;
    out.imaginaryFraction = snapshot.imaginaryFraction;
    out.halfSetPerRing = RingGroups(sums.grid.qCount(), limits.rings).mean(snapshot.halfSetPerRing);
    out.halfSetPerHarmonic = snapshot.halfSetPerHarmonic;
    out.halfSetPerHarmonic.resize(std::min(out.halfSetPerHarmonic.size(), out.sums->harmonics));
    out.provenance = snapshot.provenance;
    return out;
}

Coefficients cloneForWire(const Coefficients& from, bool keepRaw) {
    Coefficients out;
    out.q = from.q;
    out.maxOrder = from.maxOrder;
    out.bl = from.bl.clone();
    out.vl = from.vl.clone();
    if (keepRaw)
        out.blRaw = from.blRaw.clone();
    out.error = from.error.clone();
    out.eigenvalues = from.eigenvalues;
    out.rank = from.rank;
    out.noiseLevel = from.noiseLevel;
    out.condition = from.condition;
    out.orderError = from.orderError;
    out.i00 = from.i00;
    out.diameterAngstrom = from.diameterAngstrom;
    out.regularisation = from.regularisation;
    out.experiment = from.experiment;
    return out;
}

FilterResult reduced(const FilterResult& result, const WireLimits& limits) {
    FilterResult out;
    out.all = cloneForWire(result.all, true);
    for (const Coefficients& half : result.halves)
        out.halves.push_back(cloneForWire(half, false));
    out.frames = result.frames;
    out.iterations = result.iterations;
    out.provenance = result.provenance;
    const RingGroups groups(result.fineQ.size(), limits.rings);
    out.fineQ = groups.mean(result.fineQ);
    const auto& c = result.filteredC;
    if (c.empty() || c.extent(1) != result.fineQ.size())
        return out;
    out.filteredC = Array<double, 3>({std::min(c.extent(0), limits.harmonics), groups.count(), groups.count()});
    for (std::size_t m = 0; m < out.filteredC.extent(0); ++m)
        for (std::size_t q = 0; q < c.extent(1); ++q)
            for (std::size_t r = 0; r < c.extent(2); ++r) {
                const std::size_t a = groups.of(q), b = groups.of(r);
                out.filteredC(m, a, b) += c(m, q, r) / (groups.size(a) * groups.size(b));
            }
    return out;
}

void writeParts(h5::Group& root, const Snapshot& snapshot, const WireLimits& limits) {
    const auto part = [&](const std::string& name, const Provenance& provenance, auto&& write) {
        h5::Group group = root.createGroup(name, "NXcollection");
        write(group);
        writeProvenance(group, provenance);
    };
    if (snapshot.correlation && snapshot.correlation->sums)
        part("correlation", snapshot.correlation->provenance, [&](h5::Group& group) {
            writeCorrelationGroups(group, reduced(*snapshot.correlation, limits), Precision::single);
        });
    for (std::size_t i = 0; i < snapshot.labelled.size(); ++i)
        part(fmt::format("label_{:04}", i), snapshot.labelled[i].correlation->provenance, [&](h5::Group& group) {
            writeCorrelationGroups(group, reduced(*snapshot.labelled[i].correlation, limits), Precision::single);
            group.writeText("label", snapshot.labelled[i].label);
        });
    if (snapshot.coefficients)
        part("coefficients", snapshot.coefficients->provenance, [&](h5::Group& group) {
            writeCoefficientsGroups(group, reduced(*snapshot.coefficients, limits), Precision::single);
        });
    if (snapshot.phasing)
        part("phasing", {}, [&](h5::Group& group) { writePhasingGroups(group, *snapshot.phasing); });
    if (snapshot.density)
        part("density", snapshot.density->provenance,
             [&](h5::Group& group) { writeDensityGroups(group, *snapshot.density); });
}

Snapshot readParts(const h5::Group& root) {
    Snapshot snapshot;
    if (root.hasGroup("correlation"))
        snapshot.correlation =
            std::make_shared<const CorrelationSnapshot>(readCorrelationGroups(root.group("correlation")));
    for (std::size_t i = 0; root.hasGroup(fmt::format("label_{:04}", i)); ++i) {
        const h5::Group group = root.group(fmt::format("label_{:04}", i));
        snapshot.labelled.push_back({group.dataset("label").readText(),
                                     std::make_shared<const CorrelationSnapshot>(readCorrelationGroups(group))});
    }
    if (root.hasGroup("coefficients"))
        snapshot.coefficients =
            std::make_shared<const FilterResult>(readCoefficientsGroups(root.group("coefficients")));
    if (root.hasGroup("phasing"))
        snapshot.phasing = std::make_shared<const PhasingSnapshot>(readPhasingGroups(root.group("phasing")));
    if (root.hasGroup("density"))
        snapshot.density = std::make_shared<const Reconstruction>(readDensityGroups(root.group("density")));
    return snapshot;
}

} // namespace

CorrelationSums reducedForWire(const CorrelationSums& sums, const WireLimits& limits) {
    if (!sums.sumMaskC.empty())
        return reducedForWire(withoutRatio(sums), limits);
    const std::size_t rings = sums.grid.qCount();
    const RingGroups groups(rings, limits.rings);
    CorrelationSums out;
    out.grid.q = groups.mean(sums.grid.q);
    out.grid.phiCount = sums.grid.phiCount;
    out.parity = sums.parity;
    out.harmonics = std::min(sums.harmonics, std::max<std::size_t>(1, limits.harmonics));
    out.experiment = sums.experiment;
    out.frames = sums.frames;
    out.sumC = reducedPairs(sums.sumC, rings, groups, out.harmonics);
    out.sumIntensity = reducedCurves(sums.sumIntensity, groups);
    out.sumIntensitySquared = reducedCurves(sums.sumIntensitySquared, groups);
    out.sumMask = reducedCurves(sums.sumMask, groups);
    out.selfTerm = reducedSelfTerm(sums, groups, out.harmonics);
    for (std::size_t g = 0; g < groups.count(); ++g) {
        const auto first = static_cast<std::ptrdiff_t>(groups.begin(g)),
                   last = static_cast<std::ptrdiff_t>(groups.begin(g + 1));
        if (!sums.ringCondition.empty())
            out.ringCondition.push_back(
                *std::max_element(sums.ringCondition.begin() + first, sums.ringCondition.begin() + last));
        if (!sums.ringHarmonics.empty())
            out.ringHarmonics.push_back(
                std::min(*std::min_element(sums.ringHarmonics.begin() + first, sums.ringHarmonics.begin() + last),
                         static_cast<std::int32_t>(out.harmonics)));
    }
    out.rejected = sums.rejected;
    out.framesDone = sums.framesDone;
    out.label = sums.label;
    return out;
}

void writeWireSnapshot(const std::string& path, const Snapshot& snapshot, const WireLimits& limits) {
    AtomicOutput output(path, {.force = true});
    withContext("writing " + path, [&] {
        h5::File file = h5::File::create(output.temporaryPath());
        file.setAttribute("fxs_snapshot", static_cast<double>(job_folder::kFormat));
        writeParts(file, snapshot, limits);
        file.close();
    });
    output.commit();
}

Snapshot readWireSnapshot(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading snapshot " + path, [&] {
        const auto format = file.numberAttribute("fxs_snapshot");
        if (!format)
            throw Error(ErrorCode::badInput, "it is no snapshot of a job");
        if (*format != job_folder::kFormat)
            throw Error(ErrorCode::badInput,
                        fmt::format("it is of format {}, expected {}; the program that wrote it is of another version",
                                    *format, job_folder::kFormat));
        return readParts(file);
    });
}

} // namespace fxs
