#include "engine/io/cxi.h"

#include "engine/detector/mask.h"
#include "engine/io/frame_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fxs {

namespace {

constexpr const char* kDetector = "entry_1/instrument_1/detector_1";
constexpr double kJoulePerEv = 1.602176634e-19;

h5::Dataset findFrames(const h5::File& file, const InputSettings& settings) {
    if (!settings.dataset.empty())
        return file.dataset(settings.dataset);
    for (const char* path : {"entry_1/data_1/data", "entry_1/instrument_1/detector_1/data", "entry_1/image_1/data"})
        if (file.hasDataset(path))
            return file.dataset(path);
    return file.dataset("entry_1/data_1/data"); // says what is missing, and what is there instead
}

/// A number of the detector's group: one, or one a frame; those that change from frame to frame are averaged and told.
std::optional<double> findNumber(const h5::File& file, const std::string& path, std::vector<Problem>& problems) {
    if (!file.hasDataset(path))
        return std::nullopt;
    const h5::Dataset dataset = file.dataset(path);
    if (dataset.size() == 1)
        return dataset.readScalar<double>();
    if (dataset.shape().size() != 1 || dataset.size() == 0)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected one number or one a frame",
                                                     dataset.name(), fmt::join(dataset.shape(), " x ")));
    const auto values = dataset.readVector<double>();
    double sum = 0;
    for (const double value : values)
        sum += value;
    const double mean = sum / static_cast<double>(values.size());
    const auto [low, high] = std::ranges::minmax(values);
    if (high - low > 1e-4 * std::abs(mean))
        problems.push_back({"",
                            fmt::format("{} changes from {} to {} within the run; its mean {} is used for all frames",
                                        dataset.path(), low, high, mean),
                            false});
    return mean;
}

std::optional<double> findPositive(const h5::File& file, const std::string& path, const char* unit,
                                   std::vector<Problem>& problems) {
    const auto value = findNumber(file, path, problems);
    if (value && !(*value > 0 && std::isfinite(*value))) {
        problems.push_back(
            {"", fmt::format("{} is {} {}, expected a positive number; it is not used", path, *value, unit), false});
        return std::nullopt;
    }
    return value;
}

/// source_1/energy is in joule by the standard; files with electronvolt are told by their size (an X-ray photon has
/// 1e-17 to 1e-14 J).
void readBeam(const h5::File& file, RunInfo& info) {
    for (const char* path : {"entry_1/instrument_1/source_1/energy", "entry_1/source_1/energy"}) {
        const auto energy = findPositive(file, path, "J", info.problems);
        if (!energy)
            continue;
        double electronvolt = *energy / kJoulePerEv;
        if (*energy > 1e-10) {
            electronvolt = *energy;
            info.problems.push_back(
                {"wavelength", fmt::format("{} is {}, too much for joule; it is taken as electronvolt", path, *energy),
                 false});
        }
        info.experiment.wavelengthAngstrom = kEvAngstrom / electronvolt;
        info.experiment.wavelengthKnown = true;
        return;
    }
    for (const char* path : {"entry_1/instrument_1/source_1/wavelength", "entry_1/instrument_1/beam_1/wavelength"})
        if (const auto metre = findPositive(file, path, "m", info.problems)) {
            info.experiment.wavelengthAngstrom = *metre * 1e10;
            info.experiment.wavelengthKnown = true;
            return;
        }
    info.problems.push_back({"wavelength",
                             "the file does not say the photon energy (entry_1/instrument_1/source_1/energy); "
                             "--wavelength gives it",
                             false});
}

void readDetector(const h5::File& file, RunInfo& info) {
    const std::string group = kDetector;
    info.distanceMetre = findPositive(file, group + "/distance", "m", info.problems);
    const auto x = findPositive(file, group + "/x_pixel_size", "m", info.problems);
    const auto y = findPositive(file, group + "/y_pixel_size", "m", info.problems);
    if (x && y && std::abs(*x - *y) > 1e-6 * *x)
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the pixels of {} are {} x {} m; a single panel needs square ones", file.filePath(), *x, *y));
    info.pixelSizeMetre = x ? x : y;
    if (!info.distanceMetre)
        info.problems.push_back({"distance", "the file does not say the distance; --distance gives it", false});
    if (!info.pixelSizeMetre)
        info.problems.push_back({"pixel-size", "the file does not say the pixel size; --pixel-size gives it", false});
    // The place of the first pixel's corner relative to the beam, x right and y up, where the file has it.
    if (info.pixelSizeMetre && file.hasDataset(group + "/corner_position")) {
        const h5::Dataset dataset = file.dataset(group + "/corner_position");
        std::vector<double> corner;
        if (dataset.shape() == h5::Extent{3})
            corner = dataset.readVector<double>();
        if (corner.size() == 3)
            info.centrePixel = {-corner[0] / *info.pixelSizeMetre, -corner[1] / *info.pixelSizeMetre};
    }
}

/// A mask of one frame is fixed; one shaped as the frames changes with them.
void readMask(const h5::File& file, const h5::Dataset& frames, FrameFile& contents) {
    for (const std::string& path : {std::string(kDetector) + "/mask", std::string("entry_1/data_1/mask"),
                                    std::string(kDetector) + "/mask_shared"}) {
        if (!file.hasDataset(path))
            continue;
        h5::Dataset mask = file.dataset(path);
        const h5::Extent& shape = frames.shape();
        if (mask.shape() == shape) {
            contents.cxiMasks.emplace(std::move(mask));
            return;
        }
        if (mask.shape() != h5::Extent(shape.begin() + 1, shape.end()))
            throw Error(ErrorCode::badInput,
                        fmt::format("dataset {} is {}, expected the shape of a frame or of all frames ({})",
                                    mask.name(), fmt::join(mask.shape(), " x "), fmt::join(shape, " x ")));
        const std::size_t panels = shape.size() == 4 ? static_cast<std::size_t>(shape[1]) : 1;
        std::vector<std::uint32_t> bits(static_cast<std::size_t>(mask.size()));
        mask.readBlock(h5::Extent(mask.shape().size(), 0), mask.shape(), bits.data());
        contents.info.frameMask = Array<std::uint8_t, 3>::uninitialised(
            {panels, static_cast<std::size_t>(shape[shape.size() - 2]), static_cast<std::size_t>(shape.back())});
        std::ranges::copy(validity(bits, MaskMeaning::cxi), contents.info.frameMask.data());
        requireMaskFits(contents.info.frameMask, panels, static_cast<std::size_t>(shape[shape.size() - 2]),
                        static_cast<std::size_t>(shape.back()));
        return;
    }
}

std::unique_ptr<RunSource> openCxi(h5::File file, const InputSettings& settings) {
    h5::Dataset frames = findFrames(file, settings);
    if (frames.shape().size() != 3)
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} has {} axes (shape {}), expected 3 (frame x slow x fast)", frames.name(),
                                frames.shape().size(), fmt::join(frames.shape(), " x ")));
    FrameFile contents{std::move(file), std::move(frames), {}, {}, {}};
    // What a detector sees is q = k_out - k_in, counted along the beam.
    contents.info.experiment.polarity = Polarity::along;
    readBeam(contents.file, contents.info);
    readDetector(contents.file, contents.info);
    readMask(contents.file, contents.frames, contents);
    for (const char* name : {"particles_per_shot", "photons_per_unit"})
        if (const auto value = contents.file.findScalar<double>(std::string("entry_1/experiment/") + name)) {
            Experiment& e = contents.info.experiment;
            (std::string_view(name) == "photons_per_unit" ? e.photonsPerUnit : e.particlesPerShot) = *value;
            e.particlesKnown = e.particlesKnown || std::string_view(name) == "particles_per_shot";
        }
    if (const auto version = contents.file.findScalar<double>("cxi_version"))
        contents.info.metadata.emplace_back("CXI version", fmt::format("{}", *version));
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

} // namespace

Layout cxiLayout() {
    return {
        .name = "CXI",
        .lookedFor = "group entry_1",
        .probe = [](const h5::File& file, const InputSettings&) -> Result<std::string> {
            if (file.hasGroup("entry_1"))
                return std::string(file.hasDataset("cxi_version") ? "it has group entry_1 and cxi_version"
                                                                  : "it has group entry_1");
            return Error(ErrorCode::notFound, "there is no group entry_1");
        },
        .open = openCxi,
    };
}

} // namespace fxs
