#include "engine/io/geometry_input.h"

#include "engine/io/hdf5.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace fxs {

namespace {

/// The number, or the mean of the numbers, at a place in a file.
std::optional<double> numberAt(const std::string& file, const std::string& place) {
    if (!h5::File::isHdf5(file))
        return std::nullopt;
    const h5::File opened = h5::File::open(file);
    const std::string path = place.starts_with('/') ? place.substr(1) : place;
    if (!opened.hasDataset(path))
        return std::nullopt;
    const h5::Dataset data = opened.dataset(path);
    if (!data.isNumeric() || data.size() == 0 || data.size() > (std::uint64_t{1} << 24))
        return std::nullopt;
    std::vector<double> values(static_cast<std::size_t>(data.size()));
    data.readBlock(h5::Extent(data.shape().size(), 0), data.shape(), values.data());
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// A mask beside the geometry, where it is not found from here.
std::string located(const std::string& name, const std::string& geometry) {
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored) || std::filesystem::path(name).is_absolute())
        return name;
    const auto beside = std::filesystem::path(geometry).parent_path() / name;
    return std::filesystem::exists(beside, ignored) ? beside.string() : name;
}

Array<std::uint8_t, 3>& wholeMask(RunInfo& run) {
    if (run.frameMask.empty()) {
        run.frameMask = Array<std::uint8_t, 3>::uninitialised({run.panels, run.slow, run.fast});
        std::ranges::fill(run.frameMask.span(), std::uint8_t{1});
    }
    return run.frameMask;
}

/// The bits of a geometry's mask, one a pixel of a frame; empty: it has another shape.
std::vector<std::uint32_t> bitsOf(const h5::Dataset& data, const RunInfo& run) {
    const std::uint64_t pixels = std::uint64_t{run.panels} * run.slow * run.fast;
    // Rows that lie the same in memory are the same, whichever way they are stacked.
    if (!data.isNumeric() || data.size() != pixels || data.shape().back() != run.fast)
        return {};
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(pixels));
    data.readBlock(h5::Extent(data.shape().size(), 0), data.shape(), bits.data());
    return bits;
}

void applyMask(const GeometryMask& mask, const GeometryFile& file, const std::string& geometryPath, RunInfo& run) {
    const std::string path =
        mask.file.empty() ? (run.files.empty() ? "" : run.files[0]) : located(mask.file, geometryPath);
    const std::string name = fmt::format("{}:{}", path, mask.dataset);
    const auto note = [&](const std::string& why) {
        run.problems.push_back(
            {"geometry", fmt::format("the mask {} that the geometry names is not used: {}", name, why), false});
    };
    if (!mask.file.empty() && !h5::File::isHdf5(path))
        throw Error(ErrorCode::notFound,
                    fmt::format("the mask {} that it names is not there, or is no HDF5 file", name));
    if (path.empty() || !h5::File::isHdf5(path))
        return note("the run is not in HDF5 files");
    const h5::File opened = h5::File::open(path);
    const std::string dataset = mask.dataset.starts_with('/') ? mask.dataset.substr(1) : mask.dataset;
    if (!opened.hasDataset(dataset))
        return note("there is no such dataset");
    const h5::Dataset data = opened.dataset(dataset);
    const auto bits = bitsOf(data, run);
    if (bits.empty())
        return note(fmt::format("it is {}, the frames are {} x {} x {}", fmt::join(data.shape(), " x "), run.panels,
                                run.slow, run.fast));
    auto& valid = wholeMask(run);
    for (const std::size_t panel : mask.panels) {
        const PanelArea area = file.geometry.area(panel);
        for (std::size_t s = 0; s < area.slow; ++s)
            for (std::size_t f = 0; f < area.fast; ++f) {
                const std::size_t i = file.geometry.pixelIndex(area, s, f);
                if ((bits[i] & mask.goodBits) != mask.goodBits || (bits[i] & mask.badBits) != 0)
                    valid.data()[i] = 0;
            }
    }
    run.metadata.emplace_back("mask of the geometry", name);
}

} // namespace

GeometryDefaults geometryDefaults(const RunInfo& run) {
    GeometryDefaults out;
    out.slow = run.slow;
    out.fast = run.fast;
    out.slabs = run.panels;
    out.wavelengthAngstrom = run.experiment.wavelengthKnown ? run.experiment.wavelengthAngstrom : 0;
    if (!run.files.empty())
        out.lookup = [file = run.files[0]](const std::string& place) { return numberAt(file, place); };
    return out;
}

void applyGeometryFile(const InputSettings& settings, RunInfo& run) {
    if (settings.geometry.empty() || run.polarGrid)
        return;
    const GeometryFile file = readGeometry(settings.geometry, geometryDefaults(run));
    DetectorGeometry geometry = file.geometry;
    if (!run.experiment.wavelengthKnown && geometry.wavelengthAngstrom > 0) {
        run.experiment.wavelengthAngstrom = geometry.wavelengthAngstrom;
        run.experiment.wavelengthKnown = true;
        std::erase_if(run.problems, [](const Problem& problem) { return problem.key == "wavelength"; });
    }
    if (settings.wavelengthAngstrom())
        geometry.wavelengthAngstrom = *settings.wavelengthAngstrom();
    for (const char* key : {"distance", "pixel-size", "centre", "geometry"})
        std::erase_if(run.problems, [&](const Problem& problem) { return problem.key == key; });
    for (const std::string& remark : file.remarks)
        run.problems.push_back({"geometry", fmt::format("{}: {}", settings.geometry, remark), false});
    run.metadata.emplace_back("geometry", fmt::format("{} ({}): {} panel{}, {:.4f} m", settings.geometry, file.format,
                                                      geometry.panels.size(), geometry.panels.size() == 1 ? "" : "s",
                                                      geometry.meanDistance()));
    if (file.unitsPerPhoton)
        run.metadata.emplace_back("units per photon (geometry)", fmt::format("{:.6g}", *file.unitsPerPhoton));
    if (file.saturation)
        run.metadata.emplace_back("saturation (geometry)", fmt::format("{:.6g}", *file.saturation));
    if (!file.mask.empty()) {
        auto& valid = wholeMask(run);
        for (std::size_t i = 0; i < valid.size(); ++i)
            valid.data()[i] &= file.mask.data()[i];
    }
    withContext("reading geometry " + settings.geometry, [&] {
        for (const GeometryMask& mask : file.masks)
            applyMask(mask, file, settings.geometry, run);
    });
    if (!run.frameMask.empty() && std::ranges::find(run.frameMask.span(), 1) == run.frameMask.span().end())
        throw Error(ErrorCode::badInput,
                    fmt::format("the masks of the run and of the geometry {} leave no valid pixel", settings.geometry));
    run.geometry = std::make_shared<const DetectorGeometry>(std::move(geometry));
}

void writeGeometryFile(const std::string& path, const DetectorGeometry& geometry, const WriteOptions& options) {
    const std::string text = geometryToToml(geometry);
    AtomicOutput output(path, options);
    withContext("writing " + path, [&] {
        std::ofstream file(output.temporaryPath(), std::ios::binary | std::ios::trunc);
        file << text;
        file.close();
        if (!file)
            throw Error(ErrorCode::io, "the file cannot be written; is the disk full?");
    });
    output.commit();
}

} // namespace fxs
