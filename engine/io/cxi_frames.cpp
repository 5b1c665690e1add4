#include "engine/io/cxi_frames.h"

#include "engine/detector/geometry_toml.h"
#include "engine/io/header_numbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fxs {

namespace {

constexpr const char* kDetector = "entry_1/instrument_1/detector_1";

h5::Dataset findFrames(const h5::File& file, const InputSettings& settings) {
    if (!settings.dataset.empty())
        return file.dataset(settings.dataset);
    for (const char* path :
         {"entry_1/data_1/data", "entry_1/instrument_1/detector_1/data",
          "entry_1/instrument_1/detector_1/detector_corrected/data", "entry_1/image_1/data", "entry_1/data_2/data"})
        if (file.hasDataset(path))
            return file.dataset(path);
    return file.dataset("entry_1/data_1/data"); // says what is missing, and what is there instead
}

void readBeam(const h5::File& file, RunInfo& info) {
    for (const char* path : {"entry_1/instrument_1/source_1/energy", "entry_1/source_1/energy"})
        if (const auto energy = headerPositive(file, path, "J", info.problems))
            if (takePhotonEnergy(*energy, path, true, info))
                return;
    for (const char* path : {"entry_1/instrument_1/source_1/wavelength", "entry_1/instrument_1/beam_1/wavelength"})
        if (const auto metre = headerPositive(file, path, "m", info.problems)) {
            info.experiment.wavelengthAngstrom = *metre * 1e10;
            info.experiment.wavelengthKnown = true;
            info.metadata.emplace_back("wavelength from", path);
            return;
        }
    info.problems.push_back({"wavelength",
                             "the file does not say the photon energy (entry_1/instrument_1/source_1/energy); "
                             "--wavelength gives it",
                             false});
}

/// Corner and steps of each panel, in metres, where the file has them: [3] or [panel][3], [2][3] or [panel][2][3] (the
/// slow axis first). Without basis vectors CXI's steps are (0, -y, 0) and (-x, 0, 0).
struct Places {
    std::vector<double> corners, basis;
};

Places readPlaces(const h5::Group& detector, std::size_t panels, std::vector<Problem>& problems) {
    Places out;
    const auto read = [&](const char* name, std::size_t each) {
        std::vector<double> values;
        if (!detector.hasDataset(name))
            return values;
        const h5::Dataset dataset = detector.dataset(name);
        if (dataset.size() != panels * each) {
            problems.push_back(
                {"",
                 fmt::format("dataset {} is {}, expected {} numbers for each of {} panels; it is not used",
                             dataset.path(), fmt::join(dataset.shape(), " x "), each, panels),
                 false});
            return values;
        }
        values.resize(panels * each);
        dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), values.data());
        if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) {
            problems.push_back({"", dataset.path() + " has values that are not finite; it is not used", false});
            values.clear();
        }
        return values;
    };
    out.corners = read("corner_position", 3);
    out.basis = read("basis_vectors", 6);
    return out;
}

/// One panel that faces the sample is said by its centre, everything else by a geometry.
void readCentre(const Places& places, const FrameFile& contents, RunInfo& info) {
    const double pixel = *info.pixelSizeMetre;
    const auto& shape = contents.frames.shape();
    const double fast = static_cast<double>(shape.back()), slow = static_cast<double>(shape[shape.size() - 2]);
    std::array<double, 2> centre{places.corners[0] / pixel, places.corners[1] / pixel};
    const bool outside = centre[0] < 0 || centre[1] < 0 || centre[0] > fast || centre[1] > slow;
    if (outside && -centre[0] >= 0 && -centre[1] >= 0 && -centre[0] <= fast && -centre[1] <= slow) {
        // Many writers count the steps upward, against the standard, and leave out the basis vectors that would say so.
        centre = {-centre[0], -centre[1]};
        info.metadata.emplace_back("guessed", "corner_position is taken with steps that grow along x and y, since the "
                                              "beam misses the detector otherwise");
    }
    info.centrePixel = centre;
}

/// The geometry that our own writer puts beside the frames (engine/io/frame_run.h).
bool readOwnGeometry(const h5::Group& detector, const FrameFile& contents, RunInfo& info) {
    if (!detector.hasDataset("geometry_toml"))
        return false;
    const auto& shape = contents.frames.shape();
    GeometryDefaults run;
    run.slow = static_cast<std::size_t>(shape[shape.size() - 2]);
    run.fast = static_cast<std::size_t>(shape.back());
    run.wavelengthAngstrom = info.experiment.wavelengthAngstrom;
    const h5::Dataset text = detector.dataset("geometry_toml");
    auto geometry =
        withContext("reading " + text.name(), [&] { return panelsFromToml(text.readText(), text.name(), run); });
    info.geometry = std::make_shared<const DetectorGeometry>(std::move(geometry));
    info.metadata.emplace_back("geometry", "geometry_toml of the file");
    return true;
}

void readGeometry(const h5::Group& detector, const FrameFile& contents, RunInfo& info) {
    if (readOwnGeometry(detector, contents, info))
        return;
    const auto& shape = contents.frames.shape();
    const std::size_t panels = shape.size() > 3 ? static_cast<std::size_t>(shape[1]) : 1;
    const Places places = readPlaces(detector, panels, info.problems);
    if (places.corners.empty())
        return;
    if (places.basis.empty()) {
        if (panels == 1 && info.pixelSizeMetre)
            readCentre(places, contents, info);
        return;
    }
    DetectorGeometry geometry;
    geometry.slow = static_cast<std::size_t>(shape[shape.size() - 2]);
    geometry.fast = static_cast<std::size_t>(shape.back());
    geometry.wavelengthAngstrom = info.experiment.wavelengthAngstrom;
    for (std::size_t p = 0; p < panels; ++p) {
        const double* c = places.corners.data() + 3 * p;
        const double* b = places.basis.data() + 6 * p;
        Panel panel{{c[0], c[1], c[2]}, {b[3], b[4], b[5]}, {b[0], b[1], b[2]}};
        if (panel.corner[2] == 0 && info.distanceMetre)
            panel.corner[2] = *info.distanceMetre;
        geometry.panels.push_back(panel);
    }
    const Panel& only = geometry.panels.front();
    const double step = std::abs(only.fastStep[0]);
    const bool facing = only.fastStep[1] == 0 && only.fastStep[2] == 0 && only.slowStep[0] == 0 &&
                        only.slowStep[2] == 0 && step > 0 && std::abs(std::abs(only.slowStep[1]) - step) < 1e-6 * step;
    if (panels == 1 && facing && only.fastStep[0] > 0 && only.slowStep[1] > 0) {
        info.centrePixel = {-only.corner[0] / step, -only.corner[1] / step};
        info.pixelSizeMetre = step;
        if (only.corner[2] > 0)
            info.distanceMetre = only.corner[2];
        return;
    }
    std::vector<Problem> wrong = geometry.check();
    std::erase_if(wrong, [&](const Problem&) { return info.experiment.wavelengthAngstrom <= 0; });
    if (!wrong.empty()) {
        info.problems.push_back(
            {"", "corner_position and basis_vectors are no geometry (" + wrong.front().message + "); they are not used",
             false});
        return;
    }
    info.geometry = std::make_shared<const DetectorGeometry>(std::move(geometry));
    info.metadata.emplace_back("geometry", "corner_position and basis_vectors of the file");
}

void readDetector(const h5::File& file, const FrameFile& contents, RunInfo& info) {
    const std::string group = kDetector;
    info.distanceMetre = headerPositive(file, group + "/distance", "m", info.problems);
    const auto x = headerPositive(file, group + "/x_pixel_size", "m", info.problems);
    const auto y = headerPositive(file, group + "/y_pixel_size", "m", info.problems);
    if (x && y && std::abs(*x - *y) > 1e-6 * *x)
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the pixels of {} are {} x {} m; a single panel needs square ones", file.filePath(), *x, *y));
    info.pixelSizeMetre = x ? x : y;
    if (file.hasGroup(group))
        readGeometry(file.group(group), contents, info);
    if (info.geometry)
        return;
    if (!info.distanceMetre)
        info.problems.push_back({"distance", "the file does not say the distance; --distance gives it", false});
    if (!info.pixelSizeMetre)
        info.problems.push_back({"pixel-size", "the file does not say the pixel size; --pixel-size gives it", false});
}

/// A mask of one frame is fixed; one shaped as the frames changes with them.
void readMask(const h5::File& file, FrameFile& contents, MaskMeaning meaning) {
    const h5::Extent& shape = contents.frames.shape();
    const std::size_t axes = shape.size();
    h5::Extent one(shape.begin() + (axes > 2 ? 1 : 0), shape.end());
    if (axes == 5)
        one.erase(one.begin() + 1); // the planes of a pixel have one mask
    h5::Extent all = one;
    all.insert(all.begin(), axes > 2 ? shape[0] : 1);
    for (const std::string& path :
         {std::string(kDetector) + "/mask", std::string("entry_1/data_1/mask"), std::string(kDetector) + "/mask_shared",
          std::string(kDetector) + "/detector_corrected/mask", std::string("entry_1/image_1/mask")}) {
        if (!file.hasDataset(path))
            continue;
        h5::Dataset mask = file.dataset(path);
        if (mask.shape() != one) {
            if (mask.shape() != all && mask.shape() != shape)
                throw Error(ErrorCode::badInput,
                            fmt::format("dataset {} is {}, expected the shape of a frame or of all frames ({})",
                                        mask.name(), fmt::join(mask.shape(), " x "), fmt::join(shape, " x ")));
            contents.frameMaskMeaning = meaning;
            contents.frameMasks.emplace(std::move(mask));
            contents.info.metadata.emplace_back("mask from", path + ", one a frame");
            return;
        }
        const auto at = [&](std::size_t fromEnd) { return static_cast<std::size_t>(one[one.size() - fromEnd]); };
        const std::size_t panels = one.size() == 3 ? at(3) : 1;
        std::vector<std::uint32_t> bits(static_cast<std::size_t>(mask.size()));
        mask.readBlock(h5::Extent(one.size(), 0), one, bits.data());
        contents.info.frameMask = Array<std::uint8_t, 3>::uninitialised({panels, at(2), at(1)});
        std::ranges::copy(validity(bits, meaning), contents.info.frameMask.data());
        withContext("dataset " + mask.name(), [&] { requireMaskFits(contents.info.frameMask, panels, at(2), at(1)); });
        contents.info.metadata.emplace_back("mask from", path);
        return;
    }
}

void readColumns(const h5::File& file, FrameFile& contents) {
    const h5::Extent& shape = contents.frames.shape();
    contents.columns = FrameColumns(shape.size() > 2 ? shape[0] : 1);
    if (shape.size() < 3)
        return;
    FrameColumns& columns = contents.columns;
    const char* kPulse = "entry_1/instrument_1/source_1/pulse_energy";
    if (file.hasDataset(kPulse) && columns.add(file.dataset(kPulse), "pulseEnergy", "J"))
        contents.pulseEnergy = columns.numbers("pulseEnergy", file);
    columns.addGroup(file.group("entry_1"));
    for (const char* group : {"entry_1/instrument_1", "entry_1/data_1", "entry_1/result_1", "entry_1/sample_1",
                              "entry_1/event_1", "LCLS", "entry/columns"})
        if (file.hasGroup(group))
            columns.addGroup(file.group(group), 2);
}

} // namespace

bool takePhotonEnergy(double energy, const std::string& path, bool expectJoule, RunInfo& info) {
    // An X-ray photon has 1e-17 to 1e-14 J, or 50 to 1e5 eV: nothing that is one can be the other.
    const bool joule = energy < 1e-10;
    const double electronvolt = joule ? energy / kJoulePerEv : energy;
    if (!(electronvolt > 10 && electronvolt < 1e6)) {
        info.problems.push_back({"wavelength",
                                 fmt::format("{} is {:g}, which is no X-ray photon's energy in {}; it is not used",
                                             path, energy, expectJoule ? "joule" : "electronvolt"),
                                 false});
        return false;
    }
    if (joule != expectJoule)
        info.problems.push_back(
            {"wavelength",
             expectJoule ? fmt::format("{} is {:g}, too much for joule; it is taken as electronvolt", path, energy)
                         : fmt::format("{} is {:g}, too little for electronvolt; it is taken as joule", path, energy),
             false});
    info.experiment.wavelengthAngstrom = kEvAngstrom / electronvolt;
    info.experiment.wavelengthKnown = true;
    info.metadata.emplace_back("wavelength from", path);
    return true;
}

FrameFile readCxiFrames(h5::File file, const InputSettings& settings, MaskMeaning meaning) {
    h5::Dataset frames = findFrames(file, settings);
    FrameFile contents{std::move(file), std::move(frames)};
    RunInfo& info = contents.info;
    // What a detector sees is q = k_out - k_in, counted along the beam.
    info.experiment.polarity = Polarity::along;
    requireFrames(contents.frames);
    readBeam(contents.file, info);
    readDetector(contents.file, contents, info);
    readMask(contents.file, contents, meaning);
    readColumns(contents.file, contents);
    for (const char* name : {"particles_per_shot", "photons_per_unit"})
        if (const auto value = contents.file.findScalar<double>(std::string("entry_1/experiment/") + name)) {
            Experiment& e = info.experiment;
            (std::string_view(name) == "photons_per_unit" ? e.photonsPerUnit : e.particlesPerShot) = *value;
            e.particlesKnown = e.particlesKnown || std::string_view(name) == "particles_per_shot";
        }
    if (const auto version = contents.file.findScalar<double>("cxi_version"))
        info.metadata.emplace_back("CXI version", fmt::format("{}", *version));
    return contents;
}

} // namespace fxs
