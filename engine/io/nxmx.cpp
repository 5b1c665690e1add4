#include "engine/io/nxmx.h"

#include "engine/detector/geometry.h"
#include "engine/io/frame_reader.h"
#include "engine/io/header_numbers.h"
#include "engine/io/nexus_transform.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs {

namespace {

/// Names data_000001, data_000002, ... of a group, and whether each leads somewhere.
struct DataLinks {
    std::string group;
    std::vector<std::string> there, missing;
};

bool isDataLink(const std::string& name) {
    return name.size() > 5 && name.starts_with("data_") &&
           std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The entry's group: /entry, or the only one that calls itself NXentry.
std::string entryOf(const h5::File& file) {
    if (file.hasGroup("entry"))
        return "entry";
    std::string found;
    for (const h5::Entry& entry : file.entries())
        if (entry.type == h5::Entry::Type::group && file.group(entry.name).textAttribute("NX_class") == "NXentry") {
            if (!found.empty())
                return {};
            found = entry.name;
        }
    return found;
}

DataLinks findLinks(const h5::File& file, const std::string& entry) {
    for (const std::string& group : {entry + "/data", entry}) { // early firmware has no group data
        if (!file.hasGroup(group))
            continue;
        DataLinks links{group, {}, {}};
        for (const h5::Entry& link : file.group(group).entries())
            if (isDataLink(link.name))
                (link.type == h5::Entry::Type::dataset ? links.there : links.missing).push_back(link.name);
        if (!links.there.empty() || !links.missing.empty())
            return links;
    }
    return {};
}

std::string wholeDataset(const h5::File& file, const std::string& entry) {
    for (const std::string& path : {entry + "/data/data", entry + "/instrument/detector/data"})
        if (file.hasDataset(path) && canHoldFrames(file.dataset(path)))
            return path;
    return {};
}

Result<std::string> probe(const h5::File& file, const InputSettings& settings) {
    const std::string entry = entryOf(file);
    if (entry.empty())
        return Error(ErrorCode::notFound, "there is no group entry, nor one of class NXentry");
    if (const DataLinks links = findLinks(file, entry); !links.group.empty())
        return fmt::format("it has {}/{}", links.group, links.there.empty() ? links.missing[0] : links.there[0]);
    if (!file.hasGroup(entry + "/instrument"))
        return Error(ErrorCode::notFound, fmt::format("there is no {0}/data/data_000001 and no {0}/instrument", entry));
    if (const std::string whole = wholeDataset(file, entry); !whole.empty() && settings.dataset.empty())
        return fmt::format("it has {} and {}/instrument", whole, entry);
    return Error(ErrorCode::notFound, fmt::format("there are no frames in {}/data", entry));
}

/// Opens the frames; what is linked but not there is told with the number of frames that the header promises.
FrameFile openFrames(h5::File file, const InputSettings& settings, const std::string& entry) {
    if (!settings.dataset.empty()) {
        h5::Dataset frames = file.dataset(settings.dataset);
        return {std::move(file), std::move(frames)};
    }
    const DataLinks links = findLinks(file, entry);
    if (links.group.empty()) {
        h5::Dataset frames = file.dataset(wholeDataset(file, entry));
        return {std::move(file), std::move(frames)};
    }
    if (links.there.empty())
        file.dataset(links.group + "/" + links.missing.front()); // says where the link leads
    std::vector<h5::Dataset> all;
    std::uint64_t found = 0;
    for (const std::string& name : links.there) {
        h5::Dataset part = file.dataset(links.group + "/" + name);
        if (part.shape().empty() || part.shape()[0] == 0)
            continue; // the last file of a run that was stopped may be empty
        found += part.shape()[0];
        all.push_back(std::move(part));
    }
    if (all.empty())
        throw Error(ErrorCode::badInput, fmt::format("{} has no frame: the datasets that {} links to are empty",
                                                     file.filePath(), links.group));
    FrameFile contents{std::move(file), std::move(all.front())};
    std::move(all.begin() + 1, all.end(), std::back_inserter(contents.further));
    const std::string specific = entry + "/instrument/detector/detectorSpecific/";
    const auto images = contents.file.findScalar<double>(specific + "nimages");
    const double promised = images.value_or(0) * contents.file.findScalar<double>(specific + "ntrigger").value_or(1);
    if (!links.missing.empty())
        contents.info.problems.push_back(
            {"",
             fmt::format(
                 "{} of {} data files are missing ({} leads nowhere{}); the run goes on without their frames{}",
                 links.missing.size(), links.missing.size() + links.there.size(), links.missing.front(),
                 links.missing.size() > 1 ? ", and others" : "",
                 promised > static_cast<double>(found) ? fmt::format(": {} of {:.0f} are there", found, promised) : ""),
             false});
    else if (promised > 0 && static_cast<double>(found) < promised)
        contents.info.problems.push_back(
            {"", fmt::format("the header promises {:.0f} frames, {} are there", promised, found), false});
    return contents;
}

/// A length by its attribute "units"; metres where there is none.
std::optional<double> length(const h5::File& file, const std::string& path, RunInfo& info) {
    const auto value = headerPositive(file, path, "", info.problems);
    if (!value)
        return std::nullopt;
    const std::string unit = file.dataset(path).textAttribute("units").value_or("m");
    if (const auto metres = metresPer(unit))
        return *value * *metres;
    info.problems.push_back(
        {"", fmt::format("{} is in \"{}\", which is no unit of length; it is not used", path, unit), false});
    return std::nullopt;
}

void readBeam(const h5::File& file, const std::string& entry, RunInfo& info) {
    for (const char* path : {"/instrument/beam/incident_wavelength", "/instrument/monochromator/wavelength",
                             "/sample/beam/incident_wavelength", "/instrument/beam/wavelength"}) {
        const std::string whole = entry + path;
        const auto value = headerPositive(file, whole, "Å", info.problems);
        if (!value)
            continue;
        const auto metres = metresPer(file.dataset(whole).textAttribute("units").value_or("angstrom"));
        const double angstrom = *value * metres.value_or(1e-10) * 1e10;
        if (angstrom > 1e-3 && angstrom < 1e4) {
            info.experiment.wavelengthAngstrom = angstrom;
            info.experiment.wavelengthKnown = true;
            info.metadata.emplace_back("wavelength from", whole);
            return;
        }
        info.problems.push_back(
            {"wavelength", fmt::format("{} is {} Å, which is no X-ray's; it is not used", whole, angstrom), false});
    }
    for (const char* path : {"/instrument/beam/incident_energy", "/instrument/monochromator/energy",
                             "/instrument/detector/detectorSpecific/photon_energy"}) {
        const std::string whole = entry + path;
        const auto value = headerPositive(file, whole, "eV", info.problems);
        if (!value)
            continue;
        const auto factor = electronvoltsPer(file.dataset(whole).textAttribute("units").value_or("eV"));
        const double ev = *value * factor.value_or(1);
        if (ev > 10 && ev < 1e6) {
            info.experiment.wavelengthAngstrom = kEvAngstrom / ev;
            info.experiment.wavelengthKnown = true;
            info.metadata.emplace_back("wavelength from", whole);
            return;
        }
    }
    info.problems.push_back(
        {"wavelength",
         fmt::format("the file does not say the wavelength ({}/instrument/beam/incident_wavelength);"
                     " --wavelength gives it",
                     entry),
         false});
}

/// data_origin and data_size, [ss][fs] or [panel][ss][fs]; nullopt: not written.
std::optional<PanelArea> areaOf(const h5::File& file, const std::string& module) {
    const auto origin = file.findVector<std::uint64_t>(module + "/data_origin");
    const auto size = file.findVector<std::uint64_t>(module + "/data_size");
    if (origin.size() != size.size() || (origin.size() != 2 && origin.size() != 3))
        return std::nullopt;
    const auto at = [](const std::vector<std::uint64_t>& v, std::size_t fromEnd) {
        return static_cast<std::size_t>(v[v.size() - fromEnd]);
    };
    return PanelArea{origin.size() == 3 ? at(origin, 3) : 0, at(origin, 2), at(origin, 1), at(size, 2), at(size, 1)};
}

/// The places of modules, where they do not just face the sample upright as one; a facing one is said by its centre.
void readModule(FrameFile& contents, const std::string& detector) {
    const h5::File& file = contents.file;
    std::vector<std::string> modules;
    for (const h5::Entry& child : file.group(detector).entries())
        if (child.type == h5::Entry::Type::group &&
            file.hasDataset(detector + "/" + child.name + "/fast_pixel_direction"))
            modules.push_back(detector + "/" + child.name);
    RunInfo& info = contents.info;
    const h5::Extent& shape = contents.frames.shape();
    const std::size_t panels = shape.size() > 3 ? static_cast<std::size_t>(shape[1]) : 1;
    if (modules.empty())
        return;
    DetectorGeometry geometry;
    geometry.slow = static_cast<std::size_t>(shape[shape.size() - 2]);
    geometry.fast = static_cast<std::size_t>(shape.back());
    geometry.slabs = panels;
    geometry.wavelengthAngstrom = info.experiment.wavelengthAngstrom;
    for (const std::string& module : modules) {
        Panel panel = modulePlace(file, module).value();
        panel.area = areaOf(file, module);
        panel.name = module.substr(module.rfind('/') + 1);
        if (!panel.area && modules.size() != panels) {
            info.problems.push_back({"",
                                     fmt::format("{} does not say which pixels of a frame it has (data_origin, "
                                                 "data_size); the places of modules are not used",
                                                 module),
                                     false});
            return;
        }
        if (panel.corner[2] == 0 && info.distanceMetre)
            panel.corner[2] = *info.distanceMetre;
        geometry.panels.push_back(panel);
    }
    const Panel& one = geometry.panels.front();
    const double pixel = std::hypot(one.fastStep[0], one.fastStep[1], one.fastStep[2]);
    const bool facing = std::abs(one.fastStep[2]) < 1e-6 * pixel && std::abs(one.slowStep[2]) < 1e-6 * pixel;
    if (panels == 1 && modules.size() == 1 && facing && std::abs(std::abs(one.fastStep[0]) - pixel) < 1e-6 * pixel &&
        one.corner[2] > 0) {
        if (!info.centrePixel)
            info.centrePixel = {-one.corner[0] / one.fastStep[0], -one.corner[1] / one.slowStep[1]};
        if (!info.distanceMetre)
            info.distanceMetre = one.corner[2];
        if (!info.pixelSizeMetre)
            info.pixelSizeMetre = pixel;
        return; // turned by half a circle or mirrored at most: correlations are the same
    }
    auto wrong = geometry.check();
    std::erase_if(wrong, [&](const Problem&) { return !(geometry.wavelengthAngstrom > 0); });
    if (!wrong.empty()) {
        info.problems.push_back(
            {"", "the places of modules are no geometry (" + wrong.front().message + "); they are not used", false});
        return;
    }
    info.geometry = std::make_shared<const DetectorGeometry>(std::move(geometry));
    info.metadata.emplace_back("geometry", fmt::format("transformations of {}", fmt::join(modules, ", ")));
}

void readDetector(FrameFile& contents, const std::string& entry) {
    const h5::File& file = contents.file;
    const std::string detector = entry + "/instrument/detector";
    RunInfo& info = contents.info;
    if (file.hasGroup(detector)) {
        info.distanceMetre = length(file, detector + "/detector_distance", info);
        if (!info.distanceMetre)
            info.distanceMetre = length(file, detector + "/distance", info);
        const auto x = length(file, detector + "/x_pixel_size", info);
        const auto y = length(file, detector + "/y_pixel_size", info);
        if (x && y && std::abs(*x - *y) > 1e-6 * *x)
            throw Error(ErrorCode::unsupported, fmt::format("the pixels of {} are {} x {} m; a single panel needs "
                                                            "square ones",
                                                            file.filePath(), *x, *y));
        info.pixelSizeMetre = x ? x : y;
        const auto cx = headerNumber(file, detector + "/beam_center_x", info.problems);
        const auto cy = headerNumber(file, detector + "/beam_center_y", info.problems);
        if (cx && cy && std::isfinite(*cx) && std::isfinite(*cy) && (*cx != 0 || *cy != 0))
            info.centrePixel = {*cx, *cy};
        if (const auto name = file.group(detector).findText("description"))
            info.metadata.emplace_back("detector", *name);
        withContext("reading the detector's place in " + file.filePath(), [&] { readModule(contents, detector); });
    }
    if (!info.distanceMetre && !info.geometry)
        info.problems.push_back({"distance", "the file does not say the distance; --distance gives it", false});
    if (!info.pixelSizeMetre && !info.geometry)
        info.problems.push_back({"pixel-size", "the file does not say the pixel size; --pixel-size gives it", false});
}

void readMask(FrameFile& contents, const std::string& entry) {
    const h5::Extent& shape = contents.frames.shape();
    if (shape.size() < 3)
        return; // one image has no axis of frames to leave out
    const std::string detector = entry + "/instrument/detector";
    for (const std::string& path : {detector + "/pixel_mask", detector + "/detectorSpecific/pixel_mask",
                                    detector + "/detectorSpecific/detectorModule_000/pixel_mask"}) {
        if (!contents.file.hasDataset(path))
            continue;
        const h5::Dataset mask = contents.file.dataset(path);
        const h5::Extent one(shape.begin() + 1, shape.end());
        if (mask.shape() != one)
            throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected {} as a frame", mask.name(),
                                                         fmt::join(mask.shape(), " x "), fmt::join(one, " x ")));
        std::vector<std::uint32_t> bits(static_cast<std::size_t>(mask.size()));
        mask.readBlock(h5::Extent(one.size(), 0), one, bits.data());
        const std::size_t panels = one.size() == 3 ? static_cast<std::size_t>(one[0]) : 1;
        const auto slow = static_cast<std::size_t>(one[one.size() - 2]), fast = static_cast<std::size_t>(one.back());
        contents.info.frameMask = Array<std::uint8_t, 3>::uninitialised({panels, slow, fast});
        std::ranges::copy(validity(bits, MaskMeaning::zeroIsValid), contents.info.frameMask.data());
        withContext("dataset " + mask.name(), [&] { requireMaskFits(contents.info.frameMask, panels, slow, fast); });
        contents.info.metadata.emplace_back("mask from", path);
        return;
    }
}

/// Counts above saturation_value are not to be trusted; it is itself.
void readSaturation(FrameFile& contents, const std::string& entry) {
    const std::string path = entry + "/instrument/detector/saturation_value";
    std::vector<Problem> ignored;
    if (const auto value = headerPositive(contents.file, path, "", ignored)) {
        contents.saturation = std::nextafter(static_cast<float>(*value), std::numeric_limits<float>::infinity());
        contents.info.metadata.emplace_back("saturation", fmt::format("above {} ({})", *value, path));
    }
}

std::unique_ptr<RunSource> openNxmx(h5::File file, const InputSettings& settings) {
    const std::string entry = entryOf(file);
    FrameFile contents = openFrames(std::move(file), settings, entry);
    requireFrames(contents.frames);
    contents.info.experiment.polarity = Polarity::along;
    readBeam(contents.file, entry, contents.info);
    readDetector(contents, entry);
    readMask(contents, entry);
    readSaturation(contents, entry);
    std::uint64_t frames = contents.frames.shape()[0];
    for (const h5::Dataset& part : contents.further)
        frames += part.shape()[0];
    contents.columns = FrameColumns(frames);
    for (const char* group : {"/sample", "/instrument", "/data", "/columns"})
        if (contents.file.hasGroup(entry + group))
            contents.columns.addGroup(contents.file.group(entry + group), 4);
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

} // namespace

Layout nxmxLayout() {
    return {.name = "NeXus NXmx",
            .lookedFor = "/entry/data/data_000001, or /entry/data/data beside /entry/instrument",
            .probe = probe,
            .open = openNxmx};
}

} // namespace fxs
