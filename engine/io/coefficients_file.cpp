#include "engine/io/coefficients_file.h"

#include "engine/io/nexus.h"
#include "engine/io/result_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace fxs {

namespace {

template <class T>
void writeVectorUnlessEmpty(h5::Group& group, const std::string& name, const std::vector<T>& values) {
    if (!values.empty())
        group.writeVector(name, values);
}

/// Lists of different lengths as rows of one dataset, padded with NaN, their lengths beside.
void writeRagged(h5::Group& group, const std::string& name, const std::vector<std::vector<double>>& rows) {
    std::size_t width = 0;
    std::vector<std::uint64_t> lengths;
    for (const auto& row : rows) {
        width = std::max(width, row.size());
        lengths.push_back(row.size());
    }
    Array<double, 2> padded({rows.size(), width});
    std::ranges::fill(padded.span(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy(rows[i].begin(), rows[i].end(), padded.data() + i * width);
    group.write(name, padded);
    group.writeVector(name + "_count", lengths);
}

std::vector<std::vector<double>> readRagged(const h5::Group& group, const std::string& name) {
    std::vector<std::vector<double>> rows;
    if (!group.hasDataset(name))
        return rows;
    const auto padded = group.dataset(name).read<double, 2>();
    const auto lengths = group.dataset(name + "_count").readVector<std::uint64_t>();
    if (lengths.size() != padded.extent(0))
        throw Error(ErrorCode::badInput, fmt::format("{}_count in {} has {} values, expected {}", name, group.name(),
                                                     lengths.size(), padded.extent(0)));
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (lengths[i] > padded.extent(1))
            throw Error(ErrorCode::badInput, fmt::format("{}_count in {} says {}, expected at most {}", name,
                                                         group.name(), lengths[i], padded.extent(1)));
        const double* row = padded.data() + i * padded.extent(1);
        rows.emplace_back(row, row + lengths[i]);
    }
    return rows;
}

/// [l][q][...]; single precision is for the wire, where odd l, which are zero, are packed away.
h5::Dataset writeOrders(h5::Group& group, const std::string& name, const Array<double, 3>& values, Precision precision) {
    if (precision == Precision::full || values.size() == 0)
        return group.write(name, values);
    const h5::Extent shape(values.shape().begin(), values.shape().end());
    h5::Dataset dataset =
        group.create(name, h5::Number::float32, shape, {.chunk = {1, shape[1], shape[2]}, .gzip = 1});
    dataset.writeBlock({0, 0, 0}, shape, values.data());
    return dataset;
}

void writeSet(h5::Group& parent, const std::string& name, const Coefficients& set, Precision precision) {
    h5::Group group = createNxData(parent, name, "b_l", {"l", "q", "q_prime"});
    std::vector<std::int32_t> orders(static_cast<std::size_t>(set.maxOrder) + 1);
    std::iota(orders.begin(), orders.end(), 0);
    group.writeVector("l", orders);
    group.writeVector("q", set.q).setAttribute("units", "1/angstrom");
    group.softLink("q_prime", group.path() + "/q");
    writeOrders(group, "b_l", set.bl, precision).setAttribute("long_name", "B_l(q, q')");
    writeOrders(group, "v_l", set.vl, precision).setAttribute("note", "[l][q][column], B_l = V_l V_l^T");
    if (!set.blRaw.empty())
        writeOrders(group, "b_l_raw", set.blRaw, precision).setAttribute("note", "before low-rank filtering");
    if (!set.error.empty())
        group.write("error", set.error).setAttribute("note", "[l][q]: standard error of B_l(q,q)");
    writeRagged(group, "eigenvalues", set.eigenvalues);
    std::vector<std::int32_t> rank(set.rank.begin(), set.rank.end());
    writeVectorUnlessEmpty(group, "rank", rank);
    writeVectorUnlessEmpty(group, "noise_level", set.noiseLevel);
    writeVectorUnlessEmpty(group, "condition", set.condition);
    writeVectorUnlessEmpty(group, "order_error", set.orderError);
    writeVectorUnlessEmpty(group, "i_00", set.i00);
    group.writeScalar("diameter", set.diameterAngstrom).setAttribute("units", "angstrom");
    std::vector<std::string> names;
    std::vector<double> weights;
    for (const auto& [weightName, weight] : set.regularisation) {
        names.push_back(weightName);
        weights.push_back(weight);
    }
    group.writeTexts("regularisation_name", names);
    group.writeVector("regularisation_weight", weights);
    h5::Group experiment = group.createGroup("experiment", "NXcollection");
    writeExperiment(experiment, set.experiment);
}

Coefficients readSet(const h5::Group& parent, const std::string& name) {
    const h5::Group group = parent.group(name);
    Coefficients set;
    set.q = group.dataset("q").readVector<double>();
    const std::size_t nq = set.q.size();
    const auto orders = group.dataset("l").readVector<std::int32_t>();
    for (std::size_t l = 0; l < orders.size(); ++l)
        if (orders[l] != static_cast<std::int32_t>(l))
            throw Error(ErrorCode::badInput,
                        fmt::format("l in {} is {} at {}, expected 0, 1, 2, ...", group.name(), orders[l], l));
    if (orders.empty() || nq == 0)
        throw Error(ErrorCode::badInput, fmt::format("{} has {} orders and {} shells, expected at least one of each",
                                                     group.name(), orders.size(), nq));
    set.maxOrder = static_cast<int>(orders.size()) - 1;
    const h5::Dataset bl = group.dataset("b_l");
    bl.requireShape({orders.size(), nq, nq}, "l x q x q'");
    set.bl = bl.read<double, 3>();
    const h5::Dataset vl = group.dataset("v_l");
    vl.requireRank(3);
    if (vl.size() > 0)
        vl.requireShape({orders.size(), nq, vl.shape()[2]}, "l x q x column");
    set.vl = vl.read<double, 3>();
    set.blRaw = group.findArray<double, 3>("b_l_raw");
    set.error = group.findArray<double, 2>("error");
    set.eigenvalues = readRagged(group, "eigenvalues");
    const auto rank = group.findVector<std::int32_t>("rank");
    set.rank.assign(rank.begin(), rank.end());
    set.noiseLevel = group.findVector<double>("noise_level");
    set.condition = group.findVector<double>("condition");
    set.orderError = group.findVector<double>("order_error");
    set.i00 = group.findVector<double>("i_00");
    if (!set.i00.empty() && set.i00.size() != nq)
        throw Error(ErrorCode::badInput,
                    fmt::format("i_00 in {} has {} values, expected {} (q)", group.name(), set.i00.size(), nq));
    set.diameterAngstrom = group.findScalar<double>("diameter").value_or(0);
    if (group.hasDataset("regularisation_name")) {
        const auto names = group.dataset("regularisation_name").readTexts();
        const auto weights = group.dataset("regularisation_weight").readVector<double>();
        for (std::size_t i = 0; i < std::min(names.size(), weights.size()); ++i)
            set.regularisation.emplace_back(names[i], weights[i]);
    }
    if (group.hasGroup("experiment"))
        set.experiment = readExperiment(group.group("experiment"));
    return set;
}

/// The filtered correlation for viewers: C2 from its harmonics, real and even in Δφ.
/// Shape: [q][q'][2 (harmonics - 1)], or one azimuth for a single harmonic.
Array<float, 3> synthesise(const Array<double, 3>& c) {
    const std::size_t harmonics = c.extent(0), nq = c.extent(1);
    const std::size_t azimuths = harmonics > 1 ? 2 * (harmonics - 1) : 1;
    const double step = 2 * 3.14159265358979323846 / static_cast<double>(azimuths);
    std::vector<double> cosine(azimuths);
    for (std::size_t k = 0; k < azimuths; ++k)
        cosine[k] = std::cos(step * static_cast<double>(k));
    Array<float, 3> c2({nq, c.extent(2), azimuths});
    std::vector<double> line(azimuths);
    for (std::size_t q = 0; q < nq; ++q)
        for (std::size_t qPrime = 0; qPrime < c.extent(2); ++qPrime) {
            std::ranges::fill(line, c(0, q, qPrime));
            for (std::size_t m = 1; m < harmonics; ++m) {
                // The highest harmonic of an even number of azimuths is its own conjugate: it counts once.
                const double weight = (2 * m == azimuths ? 1 : 2) * c(m, q, qPrime);
                for (std::size_t k = 0, at = 0; k < azimuths; ++k, at = at + m < azimuths ? at + m : at + m - azimuths)
                    line[k] += weight * cosine[at];
            }
            std::copy(line.begin(), line.end(), c2[q][qPrime].data());
        }
    return c2;
}

void writeFiltered(h5::Group& entry, const FilterResult& result, Precision precision) {
    if (result.filteredC.empty())
        return;
    if (precision == Precision::single) {
        h5::Group group = entry.createGroup("filtered", "NXcollection");
        writeOrders(group, "c_m", result.filteredC, precision).setAttribute("note", "[m][q][q'], per frame");
        return;
    }
    h5::Group group = createNxData(entry, "filtered", "c2", {"q", "q_prime", "delta_phi"});
    group.writeVector("q", result.fineQ).setAttribute("units", "1/angstrom");
    group.softLink("q_prime", group.path() + "/q");
    const auto c2 = synthesise(result.filteredC);
    group.write("c2", c2).setAttribute("long_name", "filtered C2(q, q', delta phi)");
    std::vector<double> delta(c2.extent(2));
    for (std::size_t k = 0; k < delta.size(); ++k)
        delta[k] = 2 * 3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(delta.size());
    group.writeVector("delta_phi", delta).setAttribute("units", "rad");
    group.write("c_m", result.filteredC).setAttribute("note", "[m][q][q'], per frame");
}

} // namespace

void writeCoefficientsGroups(h5::Group& entry, const FilterResult& result, Precision precision) {
    writeSet(entry, "coefficients", result.all, precision);
    h5::Group halves = entry.createGroup("halves", "NXcollection");
    for (std::size_t i = 0; i < result.halves.size(); ++i)
        writeSet(halves, fmt::format("half_{}", i), result.halves[i], precision);
    writeFiltered(entry, result, precision);
    h5::Group process = entry.createGroup("filter", "NXcollection");
    process.writeScalar("frames", result.frames);
    process.writeScalar("iterations", static_cast<std::int32_t>(result.iterations));
    process.writeVector("fine_q", result.fineQ).setAttribute("units", "1/angstrom");
}

FilterResult readCoefficientsGroups(const h5::Group& entry) {
    FilterResult result;
    result.all = readSet(entry, "coefficients");
    for (int i = 0; i < 2; ++i)
        if (entry.hasGroup(fmt::format("halves/half_{}", i)))
            result.halves.push_back(readSet(entry, fmt::format("halves/half_{}", i)));
    result.filteredC = entry.findArray<double, 3>("filtered/c_m");
    result.fineQ = entry.findVector<double>("filter/fine_q");
    result.frames = entry.findScalar<std::uint64_t>("filter/frames").value_or(0);
    result.iterations = entry.findScalar<std::int32_t>("filter/iterations").value_or(0);
    result.provenance = readProvenance(entry);
    return result;
}

void writeCoefficients(const std::string& path, const FilterResult& result, const WriteOptions& options) {
    writeNxFile(path, options, result.provenance, [&](h5::Group& entry) {
        setDefault(entry, "coefficients");
        writeCoefficientsGroups(entry, result);
    });
}

FilterResult readCoefficients(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading " + path, [&] { return readCoefficientsGroups(file.group("entry")); });
}

} // namespace fxs
