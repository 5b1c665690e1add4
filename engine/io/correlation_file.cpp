#include "engine/io/correlation_file.h"

#include "engine/io/nexus.h"
#include "engine/io/result_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

void requireConsistent(const CorrelationSums& sums, View<const float, 3> c2) {
    const std::size_t nq = sums.grid.qCount(), pairs = pairCount(nq), parts = sums.parity == Parity::even ? 1 : 2;
    const auto fail = [](const std::string& what) { throw Error(ErrorCode::internal, "correlation sums: " + what); };
    if (sums.sumC.shape() != std::array<std::size_t, 4>{2, sums.harmonics, pairs, parts})
        fail(fmt::format("sumC is not half x m x pair x part = 2 x {} x {} x {}", sums.harmonics, pairs, parts));
    if (sums.sumIntensity.shape() != std::array<std::size_t, 2>{2, nq} ||
        sums.sumIntensitySquared.shape() != std::array<std::size_t, 2>{2, nq})
        fail(fmt::format("the intensity sums are not half x q = 2 x {}", nq));
    if (!c2.empty() && (c2.extent(0) != nq || c2.extent(1) != nq))
        fail(fmt::format("c2 is {} x {} rings, expected {} x {}", c2.extent(0), c2.extent(1), nq, nq));
}

// ---- writing

void writeC2(h5::Group& entry, const PolarGrid& grid, View<const float, 3> c2) {
    h5::Group group = createNxData(entry, "correlation", "c2", {"q", "q_prime", "delta_phi"});
    group.write("c2", c2).setAttribute("long_name", "C2(q, q', delta phi), mean over images");
    group.writeVector("q", grid.q).setAttribute("units", "1/angstrom");
    group.softLink("q_prime", group.path() + "/q");
    std::vector<double> delta(c2.extent(2));
    for (std::size_t k = 0; k < delta.size(); ++k)
        delta[k] = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(delta.size());
    group.writeVector("delta_phi", delta).setAttribute("units", "rad");
}

/// sumC as [half][m][pair] for even parity, with a last axis of (re, im) for full.
void writeSums(h5::Group& group, const std::string& name, const Array<double, 4>& sums, Precision precision) {
    const auto& s = sums.shape();
    h5::Extent shape(s.begin(), s.end());
    if (s[3] == 1)
        shape.pop_back();
    const auto number = precision == Precision::full ? h5::Number::float64 : h5::Number::float32;
    h5::Dataset dataset = group.create(name, number, shape);
    if (sums.size() > 0)
        dataset.writeBlock(h5::Extent(shape.size(), 0), shape, sums.data());
}

void writeHarmonics(h5::Group& entry, const CorrelationSums& sums, Precision precision) {
    h5::Group group = entry.createGroup("harmonics", "NXcollection");
    group.setAttribute("note",
                       "sums over frames of conj F_m(q) F_m(q'), F_m the m-th Fourier coefficient of a ring divided by "
                       "n_phi; halves are frames of even and odd index");
    group.writeText("parity", sums.parity == Parity::even ? "even" : "full");
    group.writeScalar("harmonics", static_cast<std::uint64_t>(sums.harmonics));
    group.writeScalar("phi_count", static_cast<std::uint64_t>(sums.grid.phiCount));
    group.writeVector("q", sums.grid.q).setAttribute("units", "1/angstrom");
    std::vector<std::int32_t> pairQ, pairQPrime;
    for (std::size_t q = 0; q < sums.grid.qCount(); ++q)
        for (std::size_t qPrime = q; qPrime < sums.grid.qCount(); ++qPrime) {
            pairQ.push_back(static_cast<std::int32_t>(q));
            pairQPrime.push_back(static_cast<std::int32_t>(qPrime));
        }
    group.writeVector("pair_q", pairQ);
    group.writeVector("pair_q_prime", pairQPrime);
    writeSums(group, "sum_c_m", sums.sumC, precision);
    group.writeVector("frames", std::vector<std::uint64_t>(sums.frames.begin(), sums.frames.end()));
    if (!sums.sumMaskC.empty())
        writeSums(group, "sum_mask_c_m", sums.sumMaskC, precision);
    if (!sums.sumMask.empty())
        group.write("sum_mask", sums.sumMask);
    Array<std::uint64_t, 2> done({sums.framesDone.size(), 2});
    for (std::size_t i = 0; i < sums.framesDone.size(); ++i) {
        done(i, 0) = sums.framesDone[i].first;
        done(i, 1) = sums.framesDone[i].second;
    }
    group.write("frames_done", done).setAttribute("note", "[first, last) ranges of frame indices in the sums");
}

/// Mean and its standard error over images; with masks that change, the mean over the frames in which the ring was
/// seen.
void writeSaxs(h5::Group& entry, const CorrelationSums& sums) {
    const std::size_t nq = sums.grid.qCount();
    const auto n = static_cast<double>(sums.frameCount());
    std::vector<double> mean(nq), error(nq);
    for (std::size_t q = 0; q < nq; ++q) {
        const double sum = sums.sumIntensity(0, q) + sums.sumIntensity(1, q);
        const double squares = sums.sumIntensitySquared(0, q) + sums.sumIntensitySquared(1, q);
        mean[q] = n > 0 ? sum / n : 0;
        error[q] = n > 1 ? std::sqrt(std::max(0.0, squares / n - mean[q] * mean[q]) / (n - 1)) : 0;
    }
    h5::Group group = createNxData(entry, "saxs", "intensity", {"q"});
    group.writeVector("q", sums.grid.q).setAttribute("units", "1/angstrom");
    group.writeVector("intensity", mean).setAttribute("long_name", "mean I(q)");
    group.writeVector("intensity_errors", error);
    group.write("sum_intensity", sums.sumIntensity).setAttribute("note", "[half][q]");
    group.write("sum_intensity_squared", sums.sumIntensitySquared).setAttribute("note", "[half][q]");
}

void writeExperimentOf(h5::Group& entry, const CorrelationSums& sums) {
    h5::Group group = entry.createGroup("experiment", "NXcollection");
    writeExperiment(group, sums.experiment);
    if (!sums.label.empty())
        group.writeText("label", sums.label);
    if (!sums.selfTerm.empty())
        group.write("self_term", sums.selfTerm)
            .setAttribute("note", "[q][m]: what counting noise adds to C_m(q,q), per unit of sum_intensity");
    if (!sums.noiseRatio.empty())
        group.write("noise_ratio", sums.noiseRatio).setAttribute("note", "[q][m]: a factor of self_term already");
    if (!sums.binAverage.empty()) {
        group.write("bin_transfer", sums.binAverage.transfer)
            .setAttribute(
                "note",
                "[q][m]: what averaging over the pixels of a bin leaves of a harmonic; the filter takes it out");
        group.writeVector("bin_shift", sums.binAverage.shift).setAttribute("units", "1/angstrom");
        group.writeVector("bin_spread", sums.binAverage.spread).setAttribute("units", "1/angstrom^2");
    }
    if (!sums.mask.empty())
        group.write("mask", sums.mask).setAttribute("note", "[q][phi], 1 = valid");
    if (!sums.ringCondition.empty())
        group.writeVector("ring_condition", sums.ringCondition);
    if (!sums.ringHarmonics.empty())
        group.writeVector("ring_harmonics", sums.ringHarmonics);
}

void writeQuality(h5::Group& entry, const CorrelationSnapshot& snapshot) {
    h5::Group group = entry.createGroup("quality", "NXcollection");
    const CorrelationSums& sums = *snapshot.sums;
    if (!snapshot.halfSetPerRing.empty())
        group.writeVector("half_set_per_q", snapshot.halfSetPerRing);
    if (!snapshot.halfSetPerHarmonic.empty())
        group.writeVector("half_set_per_m", snapshot.halfSetPerHarmonic);
    group.writeScalar("imaginary_fraction", snapshot.imaginaryFraction);
    group.writeScalar("sequence", snapshot.sequence);
    group.writeScalar("frames_used", sums.frameCount());
    std::vector<std::string> reasons;
    std::vector<std::uint64_t> counts;
    for (const auto& [reason, count] : sums.rejected) {
        reasons.push_back(reason);
        counts.push_back(count);
    }
    group.writeTexts("rejected_reason", reasons);
    group.writeVector("rejected_frames", counts);
}

// ---- reading

Array<double, 4> readSums(const h5::Group& group, const std::string& name, std::size_t harmonics, std::size_t pairs,
                          std::size_t parts) {
    const h5::Dataset dataset = group.dataset(name);
    if (parts == 2) {
        dataset.requireShape({2, harmonics, pairs, 2}, "half x m x pair x (re, im)");
        return dataset.read<double, 4>();
    }
    dataset.requireShape({2, harmonics, pairs}, "half x m x pair");
    auto out = Array<double, 4>::uninitialised({2, harmonics, pairs, 1});
    dataset.readBlock({0, 0, 0}, {2, harmonics, pairs}, out.data());
    return out;
}

void readHarmonics(const h5::Group& entry, CorrelationSums& sums) {
    const h5::Group group = entry.group("harmonics");
    const std::string parity = group.dataset("parity").readText();
    if (parity != "even" && parity != "full")
        throw Error(ErrorCode::badInput,
                    fmt::format("parity in {} is \"{}\", expected even or full", group.name(), parity));
    sums.parity = parity == "even" ? Parity::even : Parity::full;
    sums.grid.q = group.dataset("q").readVector<double>();
    sums.grid.phiCount = static_cast<std::size_t>(group.dataset("phi_count").readScalar<std::uint64_t>());
    for (const Problem& problem : sums.grid.check())
        throw Error(ErrorCode::badInput, fmt::format("{}: {}", group.name(), problem.message));
    sums.harmonics = static_cast<std::size_t>(group.dataset("harmonics").readScalar<std::uint64_t>());
    if (sums.harmonics == 0 || sums.harmonics > sums.grid.phiCount / 2 + 1)
        throw Error(ErrorCode::badInput,
                    fmt::format("{} says {} harmonics, expected 1 to {} for {} azimuths", group.name(), sums.harmonics,
                                sums.grid.phiCount / 2 + 1, sums.grid.phiCount));
    const std::size_t pairs = pairCount(sums.grid.qCount()), parts = sums.parity == Parity::even ? 1 : 2;
    sums.sumC = readSums(group, "sum_c_m", sums.harmonics, pairs, parts);
    const h5::Dataset frames = group.dataset("frames");
    frames.requireShape({2}, "half");
    frames.readBlock({0}, {2}, sums.frames.data());
    if (group.hasDataset("sum_mask_c_m")) {
        const h5::Extent shape = group.dataset("sum_mask_c_m").shape();
        const std::size_t maskHarmonics = shape.size() > 1 ? static_cast<std::size_t>(shape[1]) : 0;
        sums.sumMaskC = readSums(group, "sum_mask_c_m", maskHarmonics, pairs, parts);
    }
    if (group.hasDataset("sum_mask")) {
        group.dataset("sum_mask").requireShape({2, sums.grid.qCount()}, "half x q");
        sums.sumMask = group.dataset("sum_mask").read<double, 2>();
    }
    const auto done = group.findArray<std::uint64_t, 2>("frames_done");
    for (std::size_t i = 0; i < done.extent(0) && done.extent(1) == 2; ++i)
        sums.framesDone.emplace_back(done(i, 0), done(i, 1));
}

void readSaxsAndExperiment(const h5::Group& entry, CorrelationSums& sums) {
    const std::size_t nq = sums.grid.qCount();
    const h5::Group saxs = entry.group("saxs");
    for (const char* name : {"sum_intensity", "sum_intensity_squared"})
        saxs.dataset(name).requireShape({2, nq}, "half x q");
    sums.sumIntensity = saxs.dataset("sum_intensity").read<double, 2>();
    sums.sumIntensitySquared = saxs.dataset("sum_intensity_squared").read<double, 2>();

    const h5::Group group = entry.group("experiment");
    sums.experiment = readExperiment(group);
    sums.label = group.findText("label").value_or("");
    sums.selfTerm = group.findArray<double, 2>("self_term");
    sums.noiseRatio = group.findArray<double, 2>("noise_ratio");
    if (group.hasDataset("bin_transfer")) {
        sums.binAverage.transfer = group.dataset("bin_transfer").read<double, 2>();
        sums.binAverage.shift = group.dataset("bin_shift").readVector<double>();
        sums.binAverage.spread = group.dataset("bin_spread").readVector<double>();
        if (sums.binAverage.transfer.extent(0) != nq || sums.binAverage.shift.size() != nq ||
            sums.binAverage.spread.size() != nq)
            throw Error(ErrorCode::badInput,
                        fmt::format("what averaging over bins did is said of {} rings, expected {}",
                                    sums.binAverage.transfer.extent(0), nq));
    }
    if (group.hasDataset("mask")) {
        group.dataset("mask").requireShape({nq, sums.grid.phiCount}, "q x phi");
        sums.mask = group.dataset("mask").read<std::uint8_t, 2>();
    }
    sums.ringCondition = group.findVector<double>("ring_condition");
    sums.ringHarmonics = group.findVector<std::int32_t>("ring_harmonics");
    if (!sums.selfTerm.empty() && sums.selfTerm.extent(0) != nq)
        throw Error(ErrorCode::badInput, fmt::format("self_term in {} has {} rings, expected {}", group.name(),
                                                     sums.selfTerm.extent(0), nq));
}

void readQuality(const h5::Group& entry, CorrelationSums& sums, CorrelationSnapshot& snapshot) {
    if (!entry.hasGroup("quality"))
        return;
    const h5::Group group = entry.group("quality");
    snapshot.halfSetPerRing = group.findVector<double>("half_set_per_q");
    snapshot.halfSetPerHarmonic = group.findVector<double>("half_set_per_m");
    snapshot.imaginaryFraction = group.findScalar<double>("imaginary_fraction").value_or(0);
    snapshot.sequence = group.findScalar<std::uint64_t>("sequence").value_or(0);
    if (!group.hasDataset("rejected_reason") || !group.hasDataset("rejected_frames"))
        return;
    const auto reasons = group.dataset("rejected_reason").readTexts();
    const auto counts = group.dataset("rejected_frames").readVector<std::uint64_t>();
    for (std::size_t i = 0; i < std::min(reasons.size(), counts.size()); ++i)
        sums.rejected[reasons[i]] = counts[i];
}

struct Contents {
    CorrelationSums sums;
    CorrelationSnapshot snapshot; ///< all but its sums
};

Contents readGroups(const h5::Group& entry) {
    Contents contents;
    readHarmonics(entry, contents.sums);
    readSaxsAndExperiment(entry, contents.sums);
    readQuality(entry, contents.sums, contents.snapshot);
    contents.snapshot.provenance = readProvenance(entry);
    return contents;
}

Contents readAll(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading " + path, [&] { return readGroups(file.group("entry")); });
}

CorrelationSnapshot joined(Contents contents) {
    contents.snapshot.sums = std::make_shared<const CorrelationSums>(std::move(contents.sums));
    return std::move(contents.snapshot);
}

} // namespace

void writeCorrelationGroups(h5::Group& entry, const CorrelationSnapshot& snapshot, Precision precision) {
    writeHarmonics(entry, *snapshot.sums, precision);
    writeSaxs(entry, *snapshot.sums);
    writeExperimentOf(entry, *snapshot.sums);
    writeQuality(entry, snapshot);
}

CorrelationSnapshot readCorrelationGroups(const h5::Group& entry) {
    return joined(readGroups(entry));
}

void writeCorrelation(const std::string& path, const CorrelationSnapshot& snapshot, View<const float, 3> c2,
                      const WriteOptions& options) {
    if (!snapshot.sums)
        throw Error(ErrorCode::internal, "writing " + path + ": the snapshot has no sums");
    const CorrelationSums& sums = *snapshot.sums;
    requireConsistent(sums, c2);
    writeNxFile(path, options, snapshot.provenance, [&](h5::Group& entry) {
        if (!c2.empty())
            writeC2(entry, sums.grid, c2);
        setDefault(entry, c2.empty() ? "saxs" : "correlation");
        writeCorrelationGroups(entry, snapshot);
    });
}

CorrelationSums readCorrelation(const std::string& path) {
    return readAll(path).sums;
}

CorrelationSnapshot readCorrelationSnapshot(const std::string& path) {
    return joined(readAll(path));
}

Provenance readProvenanceOf(const std::string& path) {
    const h5::File file = h5::File::open(path);
    if (!file.hasGroup("entry"))
        return {};
    return readProvenance(file.group("entry"));
}

} // namespace fxs
