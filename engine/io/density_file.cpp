#include "engine/io/density_file.h"

#include "engine/io/nexus.h"
#include "engine/io/result_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace fxs {

namespace {

void writeMap(h5::Group& entry, const DensityMap& map) {
    h5::Group group = createNxData(entry, "density", "density", {"z", "y", "x"});
    group.write("density", map.values);
    const char* names[] = {"z", "y", "x"};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::size_t n = map.values.extent(axis);
        std::vector<double> place(n);
        for (std::size_t i = 0; i < n; ++i)
            place[i] = (static_cast<double>(i) - (static_cast<double>(n) - 1) / 2) * map.spacingAngstrom;
        group.writeVector(names[axis], place).setAttribute("units", "angstrom");
    }
    group.writeScalar("spacing", map.spacingAngstrom).setAttribute("units", "angstrom");
}

DensityMap readMap(const h5::Group& entry) {
    const h5::Group density = entry.group("density");
    return {density.dataset("density").read<float, 3>(), density.dataset("spacing").readScalar<double>()};
}

SphericalDensity readSpherical(const h5::Group& entry) {
    SphericalDensity spherical;
    if (!entry.hasGroup("spherical"))
        return spherical;
    const h5::Group group = entry.group("spherical");
    spherical.maxOrder = group.dataset("max_order").readScalar<std::int32_t>();
    spherical.r = group.dataset("r").readVector<double>();
    const auto count = static_cast<std::uint64_t>((spherical.maxOrder + 1) * (spherical.maxOrder + 2) / 2);
    group.dataset("rho_lm").requireShape({spherical.r.size(), count, 2}, "r x lm x (re, im)");
    spherical.lm = group.dataset("rho_lm").read<double, 3>();
    return spherical;
}

void writeRestarts(h5::Group& entry, const std::vector<Restart>& restarts) {
    std::vector<std::uint64_t> seed, length;
    std::vector<double> residual, magnitude, free;
    std::vector<std::uint8_t> selected;
    std::size_t width = 0;
    for (const Restart& restart : restarts) {
        seed.push_back(restart.seed);
        residual.push_back(restart.residual);
        magnitude.push_back(restart.magnitudeError);
        free.push_back(restart.freeResidual);
        selected.push_back(restart.selected);
        length.push_back(restart.convergence.size());
        width = std::max(width, restart.convergence.size());
    }
    h5::Group group = entry.createGroup("restarts", "NXcollection");
    group.writeVector("seed", seed);
    group.writeVector("residual", residual).setAttribute("note", "e_B");
    group.writeVector("magnitude_error", magnitude).setAttribute("note", "e_M");
    group.writeVector("free_residual", free);
    group.writeVector("selected", selected);
    group.writeVector("convergence_length", length);

    Array<float, 2> convergence({restarts.size(), width});
    std::ranges::fill(convergence.span(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < restarts.size(); ++i)
        std::ranges::copy(restarts[i].convergence, convergence.data() + i * width);
    h5::Group plot = createNxData(entry, "convergence", "residual", {"restart", "iteration"});
    plot.write("residual", convergence);
    std::vector<std::int32_t> number(restarts.size()), iteration(width);
    for (std::size_t i = 0; i < number.size(); ++i)
        number[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < width; ++i)
        iteration[i] = static_cast<std::int32_t>(i);
    plot.writeVector("restart", number);
    plot.writeVector("iteration", iteration);
}

std::vector<Restart> readRestarts(const h5::Group& entry) {
    const h5::Group group = entry.group("restarts");
    const auto seed = group.dataset("seed").readVector<std::uint64_t>();
    const std::size_t n = seed.size();
    const auto numbers = [&](const char* name) {
        group.dataset(name).requireShape({n}, "restart");
        return group.dataset(name).readVector<double>();
    };
    const auto residual = numbers("residual"), magnitude = numbers("magnitude_error"), free = numbers("free_residual"),
               selected = numbers("selected"), length = numbers("convergence_length");
    const auto convergence = entry.group("convergence").dataset("residual").read<float, 2>();
    std::vector<Restart> restarts(n);
    for (std::size_t i = 0; i < n; ++i) {
        if (i >= convergence.extent(0) || length[i] > static_cast<double>(convergence.extent(1)))
            throw Error(ErrorCode::badInput, fmt::format("the convergence of restart {} in {} is shorter than it says",
                                                         i, group.filePath()));
        const float* row = convergence.data() + i * convergence.extent(1);
        restarts[i] = {seed[i], residual[i],      magnitude[i],
                       free[i], selected[i] != 0, std::vector<float>(row, row + static_cast<std::size_t>(length[i]))};
    }
    return restarts;
}

void writeFsc(h5::Group& entry, const std::string& name, const ShellCorrelation& fsc) {
    if (fsc.q.empty())
        return;
    h5::Group group = createNxData(entry, name, "fsc", {"q"});
    group.writeVector("q", fsc.q).setAttribute("units", "1/angstrom");
    group.writeVector("fsc", fsc.fsc);
    group.writeScalar("mean", fsc.mean);
    group.writeScalar("resolution_half", fsc.resolutionHalf).setAttribute("units", "angstrom");
    group.writeScalar("resolution_0143", fsc.resolution0143).setAttribute("units", "angstrom");
    group.writeScalar("reaches_band_limit_half", static_cast<std::uint8_t>(fsc.reachesBandLimitHalf));
    group.writeScalar("reaches_band_limit_0143", static_cast<std::uint8_t>(fsc.reachesBandLimit0143));
}

ShellCorrelation readFsc(const h5::Group& entry, const std::string& name) {
    ShellCorrelation fsc;
    if (!entry.hasGroup(name))
        return fsc;
    const h5::Group group = entry.group(name);
    fsc.q = group.dataset("q").readVector<double>();
    group.dataset("fsc").requireShape({fsc.q.size()}, "q");
    fsc.fsc = group.dataset("fsc").readVector<double>();
    fsc.mean = group.findScalar<double>("mean").value_or(0);
    fsc.resolutionHalf = group.findScalar<double>("resolution_half").value_or(0);
    fsc.resolution0143 = group.findScalar<double>("resolution_0143").value_or(0);
    fsc.reachesBandLimitHalf = group.findScalar<std::uint8_t>("reaches_band_limit_half").value_or(0) != 0;
    fsc.reachesBandLimit0143 = group.findScalar<std::uint8_t>("reaches_band_limit_0143").value_or(0) != 0;
    return fsc;
}

void writeSpherical(h5::Group& entry, const SphericalDensity& spherical) {
    if (spherical.lm.empty())
        return;
    h5::Group group = entry.createGroup("spherical", "NXcollection");
    group.writeScalar("max_order", static_cast<std::int32_t>(spherical.maxOrder));
    group.writeVector("r", spherical.r).setAttribute("units", "angstrom");
    group.write("rho_lm", spherical.lm).setAttribute("note", "[r][l(l+1)/2 + m][re, im], m >= 0");
}

void writeSymmetry(h5::Group& entry, const Reconstruction& result) {
    h5::Group group = entry.createGroup("phasing", "NXcollection");
    group.writeText("symmetry", result.symmetry);
    std::vector<std::string> names;
    std::vector<double> residuals;
    for (const auto& [name, residual] : result.symmetryScan) {
        names.push_back(name);
        residuals.push_back(residual);
    }
    group.writeTexts("symmetry_scan_group", names);
    group.writeVector("symmetry_scan_residual", residuals);
    group.writeScalar("diameter", result.diameterAngstrom).setAttribute("units", "angstrom");
    group.writeScalar("q_max", result.qMax).setAttribute("units", "1/angstrom");
    group.writeScalar("finished_early", static_cast<std::uint8_t>(result.finishedEarly));
}

void readSymmetry(const h5::Group& entry, Reconstruction& result) {
    const h5::Group group = entry.group("phasing");
    result.symmetry = group.findText("symmetry").value_or("C1");
    if (group.hasDataset("symmetry_scan_group")) {
        const auto names = group.dataset("symmetry_scan_group").readTexts();
        const auto residuals = group.dataset("symmetry_scan_residual").readVector<double>();
        for (std::size_t i = 0; i < std::min(names.size(), residuals.size()); ++i)
            result.symmetryScan.emplace_back(names[i], residuals[i]);
    }
    result.diameterAngstrom = group.findScalar<double>("diameter").value_or(0);
    result.qMax = group.findScalar<double>("q_max").value_or(0);
    result.finishedEarly = group.findScalar<std::uint8_t>("finished_early").value_or(0) != 0;
}

} // namespace

void writeDensityGroups(h5::Group& entry, const Reconstruction& result) {
    writeMap(entry, result.map);
    writeSpherical(entry, result.spherical);
    writeRestarts(entry, result.restarts);
    writeFsc(entry, "fsc", result.halfSetFsc);
    writeFsc(entry, "fsc_reference", result.referenceFsc);
    if (!result.prtfQ.empty()) {
        h5::Group group = createNxData(entry, "prtf", "prtf", {"q"});
        group.writeVector("q", result.prtfQ).setAttribute("units", "1/angstrom");
        group.writeVector("prtf", result.prtf);
    }
    writeSymmetry(entry, result);
}

Reconstruction readDensityGroups(const h5::Group& entry) {
    Reconstruction result;
    result.map = readMap(entry);
    result.spherical = readSpherical(entry);
    result.restarts = readRestarts(entry);
    result.halfSetFsc = readFsc(entry, "fsc");
    result.referenceFsc = readFsc(entry, "fsc_reference");
    result.prtfQ = entry.findVector<double>("prtf/q");
    result.prtf = entry.findVector<double>("prtf/prtf");
    readSymmetry(entry, result);
    result.provenance = readProvenance(entry);
    return result;
}

void writePhasingGroups(h5::Group& entry, const PhasingSnapshot& snapshot) {
    if (!snapshot.map.values.empty())
        writeMap(entry, snapshot.map);
    writeRestarts(entry, snapshot.restarts);
    h5::Group group = entry.createGroup("phasing", "NXcollection");
    group.writeScalar("sequence", snapshot.sequence);
    group.writeScalar("best_restart", static_cast<std::uint64_t>(snapshot.bestRestart));
    group.writeScalar("iteration", static_cast<std::int32_t>(snapshot.iteration));
    group.writeScalar("iteration_count", static_cast<std::int32_t>(snapshot.iterationCount));
    group.writeScalar("q_cut", snapshot.qCut).setAttribute("units", "1/angstrom");
}

PhasingSnapshot readPhasingGroups(const h5::Group& entry) {
    PhasingSnapshot snapshot;
    if (entry.hasGroup("density"))
        snapshot.map = readMap(entry);
    snapshot.restarts = readRestarts(entry);
    const h5::Group group = entry.group("phasing");
    snapshot.sequence = group.findScalar<std::uint64_t>("sequence").value_or(0);
    snapshot.bestRestart = static_cast<std::size_t>(group.findScalar<std::uint64_t>("best_restart").value_or(0));
    snapshot.iteration = group.findScalar<std::int32_t>("iteration").value_or(0);
    snapshot.iterationCount = group.findScalar<std::int32_t>("iteration_count").value_or(0);
    snapshot.qCut = group.findScalar<double>("q_cut").value_or(0);
    if (snapshot.bestRestart >= snapshot.restarts.size() && !snapshot.restarts.empty())
        throw Error(ErrorCode::badInput, fmt::format("{} says that restart {} of {} is the best", group.name(),
                                                     snapshot.bestRestart, snapshot.restarts.size()));
    return snapshot;
}

void writeDensity(const std::string& path, const Reconstruction& result, const WriteOptions& options) {
    writeNxFile(path, options, result.provenance, [&](h5::Group& entry) {
        setDefault(entry, "density");
        writeDensityGroups(entry, result);
    });
}

Reconstruction readDensity(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading " + path, [&] { return readDensityGroups(file.group("entry")); });
}

} // namespace fxs
