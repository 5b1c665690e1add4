#include "engine/io/calibration_file.h"

#include "engine/detector/mask.h"
#include "engine/io/nexus.h"
#include "engine/io/number_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fxs {

namespace {

constexpr const char* kGroup = "entry/calibration";

void requireAlike(const std::string& path, const Calibration& c) {
    const auto check = [&](const auto& array, const char* name, std::size_t stagesLess) {
        if (array.empty() || c.dark.empty())
            return;
        auto expected = c.dark.shape();
        expected[0] -= stagesLess;
        if (array.shape() != expected)
            throw Error(ErrorCode::badInput, fmt::format("{} in {} is {}, expected {} as the dark", name, path,
                                                         fmt::join(array.shape(), " x "), fmt::join(expected, " x ")));
    };
    check(c.noise, "noise", 0);
    if (c.dark.extent(0) > 1)
        check(c.stageThreshold, "stage_threshold", 1);
}

} // namespace

void writeCalibration(const std::string& path, const Calibration& calibration, const WriteOptions& options) {
    writeNxFile(path, options, calibration.provenance, [&](h5::Group& entry) {
        h5::Group group = entry.createGroup("calibration", "NXcollection");
        group.setAttribute("note", "corrected = (raw - dark) / gain; [stage][panel][ss][fs]");
        const auto write = [&](const char* name, const Array<float, 4>& values, const char* units) {
            if (!values.empty())
                group.write(name, values).setAttribute("units", units);
        };
        write("dark", calibration.dark, "ADU");
        write("noise", calibration.noise, "ADU");
        write("gain", calibration.gain, "ADU/unit");
        write("stage_threshold", calibration.stageThreshold, "ADU");
        if (!calibration.mask.empty()) {
            Array<std::uint32_t, 3> bits(calibration.mask.shape());
            std::ranges::transform(calibration.mask.span(), bits.data(),
                                   [](std::uint8_t valid) { return valid ? 0U : 0x80U; });
            group.write("mask", bits).setAttribute("note", "CXI bits: 0 is good");
        }
        group.writeScalar("frames", calibration.frames);
        if (calibration.dark.empty())
            return;
        h5::Group picture = createNxData(entry, "picture", "dark", {".", "."});
        const auto& s = calibration.dark.shape();
        picture.write("dark", View<const float, 2>(calibration.dark.data(), {s[1] * s[2], s[3]}))
            .setAttribute("units", "ADU");
        setDefault(entry, "picture");
    });
}

bool isCalibration(const std::string& path) {
    try {
        return h5::File::isHdf5(path) && h5::File::open(path).hasGroup(kGroup);
    } catch (const Error&) {
        return false;
    }
}

Calibration readCalibration(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading " + path, [&] {
        if (!file.hasGroup(kGroup))
            throw Error(ErrorCode::badInput,
                        fmt::format("it has no group /{}, expected a file of fxs calibrate", kGroup));
        const h5::Group group = file.group(kGroup);
        Calibration c;
        c.dark = group.findArray<float, 4>("dark");
        c.noise = group.findArray<float, 4>("noise");
        c.gain = group.findArray<float, 4>("gain");
        c.stageThreshold = group.findArray<float, 4>("stage_threshold");
        c.frames = group.findScalar<std::uint64_t>("frames").value_or(0);
        if (group.hasDataset("mask")) {
            const auto bits = group.dataset("mask").read<std::uint32_t, 3>();
            c.mask = Array<std::uint8_t, 3>::uninitialised(bits.shape());
            std::ranges::transform(bits.span(), c.mask.data(),
                                   [](std::uint32_t b) { return std::uint8_t{isValid(b, MaskMeaning::cxi)}; });
        }
        requireAlike(path, c);
        c.provenance = readProvenance(file.group("entry"));
        return c;
    });
}

Array<float, 4> readPixelConstants(const std::string& name, const char* part, const std::array<std::size_t, 3>& shape) {
    const DatasetName parts = splitDatasetName(name);
    if (parts.dataset.empty() && isCalibration(parts.file)) {
        Calibration c = readCalibration(parts.file);
        auto& found = std::string_view(part) == "gain" ? c.gain : c.dark;
        if (found.empty())
            throw Error(ErrorCode::notFound, fmt::format("the calibration {} has no {}", name, part));
        return std::move(found);
    }
    const NumberFile file = readNumberFile(name);
    const std::size_t pixels = shape[0] * shape[1] * shape[2];
    // Axes of length one are a matter of taste; all else must agree.
    const auto significant = [](auto begin, auto end) {
        h5::Extent out;
        std::copy_if(begin, end, std::back_inserter(out), [](auto extent) { return extent != 1; });
        return out;
    };
    const auto found = significant(file.shape.begin(), file.shape.end());
    auto expected = significant(shape.begin(), shape.end());
    constexpr std::uint64_t kMostStages = 8; // more is no detector's gain stages, but frames
    std::size_t stages = 1;
    if (found != expected && !found.empty() && found.front() <= kMostStages && found.size() == expected.size() + 1 &&
        std::equal(expected.begin(), expected.end(), found.begin() + 1))
        stages = static_cast<std::size_t>(found.front());
    else if (found != expected)
        throw Error(ErrorCode::badInput,
                    fmt::format("the {} {} is {}, expected {} (panel x slow x fast) as the detector", part, name,
                                fmt::join(file.shape, " x "), fmt::join(shape, " x ")));
    auto out = Array<float, 4>::uninitialised({stages, shape[0], shape[1], shape[2]});
    std::copy_n(file.values.begin(), stages * pixels, out.data());
    return out;
}

} // namespace fxs
