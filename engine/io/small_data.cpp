#include "engine/io/small_data.h"

#include "engine/io/cxi_frames.h"
#include "engine/io/frame_reader.h"
#include "engine/io/header_numbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr const char* kConfig = "UserDataCfg";

/// How likely a dataset of a detector is what is wanted; 0: it holds no images. Sums over events and sparse forms have
/// other names.
int rank(const std::string& name) {
    if (name.starts_with("ROI_") && name.ends_with("_area"))
        return name == "ROI_0_area" ? 5 : 4;
    if (name == "full_area")
        return 3;
    if (name == "calib" || name == "image")
        return 2;
    return name.ends_with("_area") || name.ends_with("_img") ? 1 : 0;
}

/// Image datasets DETECTOR/NAME, the likeliest first.
std::vector<std::string> findImages(const h5::File& file) {
    std::vector<std::pair<int, std::string>> found;
    for (const h5::Entry& detector : file.entries()) {
        if (detector.type != h5::Entry::Type::group || detector.name == kConfig || detector.name == "Sums")
            continue;
        const h5::Group group = file.group(detector.name);
        for (const h5::Entry& entry : group.entries())
            if (const int r = rank(entry.name);
                r > 0 && entry.type == h5::Entry::Type::dataset && canHoldFrames(group.dataset(entry.name)))
                found.emplace_back(-r, detector.name + "/" + entry.name);
    }
    std::ranges::sort(found);
    std::vector<std::string> out;
    for (auto& [r, path] : found)
        out.push_back(std::move(path));
    return out;
}

h5::Dataset chooseFrames(const h5::File& file, const InputSettings& settings, std::vector<Problem>& problems) {
    if (!settings.dataset.empty())
        return file.dataset(settings.dataset);
    const auto images = findImages(file);
    if (images.empty())
        throw Error(ErrorCode::badInput,
                    fmt::format("{} is LCLS small data without images: no detector has ROI_0_area, full_area, calib or "
                                "image of the form event x slow x fast; --dataset names another",
                                file.filePath()));
    if (images.size() > 1)
        problems.push_back({"",
                            fmt::format("the file has {} sets of images ({}); {} is read, --dataset names another",
                                        images.size(), fmt::join(images, ", "), images[0]),
                            false});
    return file.dataset(images[0]);
}

/// [first, end) along each axis of the whole detector, as written: pairs, or one pair for the rows.
std::vector<std::pair<std::size_t, std::size_t>> boundsOf(const h5::Dataset& dataset, const h5::Extent& whole) {
    std::vector<double> numbers(static_cast<std::size_t>(dataset.size()));
    if (!numbers.empty())
        dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), numbers.data());
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        const double low = std::max(0.0, std::min(numbers[i], numbers[i + 1]));
        const double high = std::max(numbers[i], numbers[i + 1]);
        const std::size_t axis = out.size();
        if (axis >= whole.size() || !(low < high))
            return {};
        out.emplace_back(static_cast<std::size_t>(low),
                         std::min(static_cast<std::size_t>(high), static_cast<std::size_t>(whole[axis])));
    }
    while (out.size() < whole.size())
        out.emplace_back(0, static_cast<std::size_t>(whole[out.size()]));
    return out;
}

/// The part of a mask of the whole detector within bounds; empty where it is no part of it.
std::vector<std::uint32_t> cut(const h5::Dataset& mask,
                               const std::vector<std::pair<std::size_t, std::size_t>>& bounds) {
    h5::Extent offset, count;
    std::uint64_t size = 1;
    for (const auto& [first, end] : bounds) {
        if (end <= first)
            return {};
        offset.push_back(first);
        count.push_back(end - first);
        size *= end - first;
    }
    std::vector<std::uint32_t> values(static_cast<std::size_t>(size));
    mask.readBlock(offset, count, values.data());
    return values;
}

struct FoundMask {
    std::vector<std::uint32_t> values;
    bool goodIsOne = true;
    std::string path;
};

/// The mask of the images: of the region itself, else the detector's cut to it, else the detector's as it is.
std::optional<FoundMask> findMask(const h5::File& file, const std::string& detector, const std::string& region,
                                  std::size_t pixels) {
    const std::string config = std::string(kConfig) + "/" + detector + "/";
    const std::string own = config + region + "__" + region + "_mask";
    const auto whole = [&](const std::string& path, bool goodIsOne) -> std::optional<FoundMask> {
        if (!file.hasDataset(path) || !file.dataset(path).isNumeric() || file.dataset(path).size() != pixels)
            return std::nullopt;
        const h5::Dataset dataset = file.dataset(path);
        FoundMask out{std::vector<std::uint32_t>(pixels), goodIsOne, path};
        dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), out.values.data());
        return out;
    };
    if (auto mask = whole(own, false))
        return mask;
    for (const char* name : {"cmask", "mask"}) {
        const std::string path = config + name;
        if (auto mask = whole(path, true))
            return mask;
        const std::string bound = config + region + "__" + region + "_bound";
        const std::string roi = config + region + "__" + region + "_ROI";
        for (const std::string& place : {bound, roi})
            if (file.hasDataset(path) && file.dataset(path).isNumeric() && file.hasDataset(place)) {
                const h5::Dataset dataset = file.dataset(path);
                auto values = cut(dataset, boundsOf(file.dataset(place), dataset.shape()));
                if (values.size() == pixels)
                    return FoundMask{std::move(values), true, path + ", cut to " + place};
            }
    }
    return std::nullopt;
}

void readMask(FrameFile& contents) {
    const h5::Extent& shape = contents.frames.shape();
    const std::string path = contents.frames.path().substr(contents.frames.path().starts_with('/') ? 1 : 0);
    const std::string detector = path.substr(0, path.find('/')), name = path.substr(path.rfind('/') + 1);
    const std::string region = name.substr(0, name.rfind('_'));
    const auto slow = static_cast<std::size_t>(shape[shape.size() - 2]), fast = static_cast<std::size_t>(shape.back());
    const std::size_t panels = shape.size() == 4 ? static_cast<std::size_t>(shape[1]) : 1;
    RunInfo& info = contents.info;
    const auto mask = findMask(contents.file, detector, region, panels * slow * fast);
    if (!mask) {
        info.problems.push_back({"", fmt::format("{}/{} has no mask that fits {}", kConfig, detector, path), false});
        return;
    }
    const auto valid = validity(mask->values, mask->goodIsOne ? MaskMeaning::oneIsValid : MaskMeaning::zeroIsValid);
    info.frameMask = Array<std::uint8_t, 3>::uninitialised({panels, slow, fast});
    std::ranges::copy(valid, info.frameMask.data());
    withContext("mask " + mask->path + " of " + contents.file.filePath(),
                [&] { requireMaskFits(info.frameMask, panels, slow, fast); });
    info.metadata.emplace_back("mask from", mask->path);
}

void readColumns(FrameFile& contents) {
    const h5::File& file = contents.file;
    FrameColumns& columns = contents.columns;
    columns = FrameColumns(contents.frames.shape()[0]);
    const auto add = [&](const char* path, const char* name, const char* unit) {
        return file.hasDataset(path) && columns.add(file.dataset(path), name, unit);
    };
    add("lightStatus/xray", "xray", "");
    add("lightStatus/laser", "laser", "");
    for (const char* gas : {"gas_detector/f_22_ENRC", "gas_detector/f_11_ENRC", "gas_detector/f_21_ENRC"})
        if (add(gas, "pulseEnergy", "mJ")) {
            contents.pulseEnergy = columns.numbers("pulseEnergy", file);
            break;
        }
    columns.addGroup(file);
    for (const h5::Entry& entry : file.entries())
        if (entry.type == h5::Entry::Type::group && entry.name != kConfig && entry.name != "Sums")
            columns.addGroup(file.group(entry.name), 2);
    if (!columns.has("xray"))
        return;
    const auto& xray = columns.numbers("xray", file);
    const auto off = std::ranges::count_if(xray, [](double v) { return v != 1; });
    if (off > 0)
        contents.info.problems.push_back(
            {"",
             fmt::format("{} of {} events have no X-rays (lightStatus/xray); --select 'xray == 1' leaves them out", off,
                         xray.size()),
             false});
}

/// The photon energy of the events that had one.
void readBeam(const h5::File& file, RunInfo& info) {
    for (const char* path : {"ebeam/photon_energy", "ebeam/ebeamPhotonEnergy", "epics/photon_energy"})
        if (const auto energy = headerPositive(file, path, "eV", info.problems))
            if (takePhotonEnergy(*energy, path, false, info))
                return;
    info.problems.push_back({"wavelength",
                             "the file does not say the photon energy (ebeam/photon_energy); --photon-energy gives it",
                             false});
}

std::unique_ptr<RunSource> openSmallData(h5::File file, const InputSettings& settings) {
    std::vector<Problem> problems;
    h5::Dataset frames = chooseFrames(file, settings, problems);
    FrameFile contents{std::move(file), std::move(frames)};
    RunInfo& info = contents.info;
    info.problems = std::move(problems);
    info.experiment.polarity = Polarity::along;
    requireFrames(contents.frames);
    if (contents.frames.shape().size() > 2) {
        readMask(contents);
        readColumns(contents);
    }
    readBeam(contents.file, info);
    info.problems.push_back({"distance", "the file does not say the distance; --distance gives it", false});
    info.problems.push_back({"pixel-size", "the file does not say the pixel size; --pixel-size gives it", false});
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

} // namespace

Layout smallDataLayout() {
    return {.name = "LCLS small data",
            .lookedFor = "groups UserDataCfg and lightStatus",
            .probe = [](const h5::File& file, const InputSettings&) -> Result<std::string> {
                if (file.hasGroup(kConfig) && file.hasGroup("lightStatus"))
                    return std::string("it has groups UserDataCfg and lightStatus");
                return Error(ErrorCode::notFound, "there are no groups UserDataCfg and lightStatus");
            },
            .open = openSmallData};
}

} // namespace fxs
