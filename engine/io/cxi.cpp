#include "engine/io/cxi.h"

#include "engine/io/cxi_frames.h"
#include "engine/io/header_numbers.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

namespace {

Result<std::string> probeCxi(const h5::File& file, const InputSettings&) {
    if (file.hasGroup("entry_1"))
        return std::string(file.hasDataset("cxi_version") ? "it has group entry_1 and cxi_version"
                                                          : "it has group entry_1");
    return Error(ErrorCode::notFound, "there is no group entry_1");
}

Result<std::string> probeCheetah(const h5::File& file, const InputSettings&) {
    if (!file.hasGroup("entry_1"))
        return Error(ErrorCode::notFound, "there is no group entry_1");
    if (file.hasDataset("LCLS/photon_energy_eV"))
        return std::string("it has LCLS/photon_energy_eV beside group entry_1");
    return Error(ErrorCode::notFound, "there is no LCLS/photon_energy_eV");
}

Result<std::string> probeXfelCxi(const h5::File& file, const InputSettings&) {
    if (file.hasDataset("entry_1/trainId") && file.hasDataset("cxi_version"))
        return std::string("it has entry_1/trainId and cxi_version");
    return Error(ErrorCode::notFound, "there is no entry_1/trainId beside cxi_version");
}

/// Energies of the machine: LCLS/photon_energy_eV wins over source_1/energy, whose unit Cheetah and psocake do not agree
/// on.
void readLclsBeam(const h5::File& file, RunInfo& info) {
    std::vector<Problem> before;
    std::swap(before, info.problems);
    const bool known = info.experiment.wavelengthKnown;
    const auto energy = headerPositive(file, "LCLS/photon_energy_eV", "eV", info.problems);
    bool found = energy && takePhotonEnergy(*energy, "LCLS/photon_energy_eV", false, info);
    if (!found && !known)
        if (const auto angstrom = headerPositive(file, "LCLS/photon_wavelength_A", "Å", info.problems);
            angstrom && *angstrom > 0.01 && *angstrom < 1000) {
            info.experiment.wavelengthAngstrom = *angstrom;
            info.experiment.wavelengthKnown = found = true;
            info.metadata.emplace_back("wavelength from", "LCLS/photon_wavelength_A");
        }
    if (found && known) // of two places the last one that was found is used
        info.metadata.erase(std::ranges::find(info.metadata, "wavelength from", [](const auto& m) { return m.first; }));
    if (found)
        std::erase_if(before, [](const Problem& p) { return p.key == "wavelength"; });
    info.problems.insert(info.problems.begin(), before.begin(), before.end());
}

std::unique_ptr<RunSource> openCheetah(h5::File file, const InputSettings& settings) {
    FrameFile contents = readCxiFrames(std::move(file), settings);
    RunInfo& info = contents.info;
    readLclsBeam(contents.file, info);
    const char* kEncoder = "LCLS/detector_1/EncoderValue";
    std::vector<Problem> ignored;
    if (const auto encoder = headerNumber(contents.file, kEncoder, ignored)) {
        info.metadata.emplace_back("encoder", fmt::format("{} mm ({})", *encoder, kEncoder));
        if (!info.distanceMetre)
            for (Problem& problem : info.problems)
                if (problem.key == "distance")
                    problem.message = fmt::format("the file does not say the distance but only the stage's place, {} "
                                                  "= {} mm, which lacks the offset of the experiment; --distance or a "
                                                  "geometry gives it",
                                                  kEncoder, *encoder);
    }
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

/// A number for each frame and module (cellId): modules that are missing have the fill value 0, so the largest counts.
void addCellIds(FrameFile& contents) {
    const char* kPath = "entry_1/cellId";
    const std::uint64_t frames = contents.frames.shape()[0];
    if (!contents.file.hasDataset(kPath) || contents.columns.has("cellId"))
        return;
    const h5::Dataset dataset = contents.file.dataset(kPath);
    if (!dataset.isNumeric() || dataset.shape().size() != 2 || dataset.shape()[0] != frames)
        return;
    const auto all = dataset.read<double, 2>();
    std::vector<double> values(all.extent(0), 0);
    for (std::size_t f = 0; f < values.size(); ++f)
        for (std::size_t m = 0; m < all.extent(1); ++m)
            values[f] = std::max(values[f], all(f, m));
    contents.columns.addValues({"cellId", "", kPath, false}, std::move(values));
}

std::unique_ptr<RunSource> openXfelCxi(h5::File file, const InputSettings& settings) {
    // Of the facility's masks every bit is a defect, also those that CXI leaves to the user.
    FrameFile contents = readCxiFrames(std::move(file), settings, MaskMeaning::zeroIsValid);
    if (contents.frames.shape().size() > 3)
        addCellIds(contents);
    const char* kGain = "entry_1/instrument_1/detector_1/gain";
    if (contents.file.hasDataset(kGain))
        contents.gainStages.emplace(contents.file.dataset(kGain));
    RunInfo& info = contents.info;
    if (contents.file.hasGroup("entry_1/instrument_1/detector_1"))
        if (const auto name = contents.file.group("entry_1/instrument_1/detector_1").textAttribute("name"))
            info.metadata.emplace_back("detector", *name);
    if (const auto name = contents.file.group("entry_1").textAttribute("name"))
        info.metadata.emplace_back("run", *name);
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

} // namespace

Layout cxiLayout() {
    return {.name = "CXI",
            .lookedFor = "group entry_1",
            .probe = probeCxi,
            .open = [](h5::File file, const InputSettings& settings) -> std::unique_ptr<RunSource> {
                return std::make_unique<FrameReader>(readCxiFrames(std::move(file), settings), settings);
            }};
}

Layout cheetahLayout() {
    return {.name = "CXI of Cheetah or psocake",
            .lookedFor = "LCLS/photon_energy_eV beside group entry_1",
            .probe = probeCheetah,
            .open = openCheetah};
}

Layout xfelCxiLayout() {
    return {.name = "European XFEL virtual CXI",
            .lookedFor = "entry_1/trainId and cxi_version",
            .probe = probeXfelCxi,
            .open = openXfelCxi};
}

} // namespace fxs
