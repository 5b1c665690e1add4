#include "engine/io/mask_file.h"

#include "engine/core/whole_file.h"
#include "engine/io/mask_image.h"
#include "engine/io/nexus.h"
#include "engine/io/npy.h"
#include "engine/io/number_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <functional>
#include <numeric>

namespace fxs {

namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 30;

MaskFile readNpy(const std::string& bytes) {
    const NpyArray array = parseNpy(bytes, kMostPixels);
    if (!array.isInteger())
        throw Error(ErrorCode::unsupported,
                    fmt::format("the NumPy array is of type {}, expected booleans or integers", array.type));
    return {array.shape, array.valuesAs<std::uint32_t>()};
}

// ---- PGM

MaskFile readPgm(const std::string& bytes) {
    std::size_t at = 2;
    const auto number = [&] {
        while (at < bytes.size() && (std::isspace(static_cast<unsigned char>(bytes[at])) || bytes[at] == '#'))
            at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
        std::uint64_t value = 0;
        const auto [next, ec] = std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), value);
        if (ec != std::errc{})
            throw Error(ErrorCode::badInput, "its PGM header is damaged");
        at = static_cast<std::size_t>(next - bytes.data());
        return value;
    };
    const std::uint64_t fast = number(), slow = number(), largest = number();
    ++at; // one white space ends the header
    MaskFile mask;
    mask.shape = {slow, fast};
    mask.values.resize(checkedSize(mask.shape, kMostPixels, "mask"));
    const std::size_t width = largest > 255 ? 2 : 1;
    if (at + width * mask.values.size() > bytes.size())
        throw Error(ErrorCode::io, "the image is cut off");
    for (std::size_t i = 0; i < mask.values.size(); ++i) {
        const auto byte = [&](std::size_t k) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + width * i + k]));
        };
        mask.values[i] = width == 1 ? byte(0) : byte(0) << 8 | byte(1);
    }
    return mask;
}

// ---- HDF5

/// Datasets that a mask file may keep its mask in, when none is named.
std::string findMaskDataset(const h5::File& file) {
    for (const char* path : {"mask", "data", "entry/mask", "entry_1/instrument_1/detector_1/mask",
                             "entry_1/data_1/mask", "data/data", "entry/instrument/detector/pixel_mask"})
        if (file.hasDataset(path))
            return path;
    const auto entries = file.entries();
    if (entries.size() == 1 && entries[0].type == h5::Entry::Type::dataset)
        return entries[0].name;
    throw Error(ErrorCode::notFound,
                fmt::format("it has no dataset called mask; {}:/path/of/dataset says which", file.filePath()));
}

MaskFile readHdf5(const std::string& path, const std::string& dataset) {
    const h5::File file = h5::File::open(path);
    const h5::Dataset data = file.dataset(dataset.empty() ? findMaskDataset(file) : dataset);
    if (!data.isNumeric() || data.valueType().starts_with("float"))
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} holds {}, expected integers or booleans", data.name(), data.valueType()));
    MaskFile mask;
    mask.shape = data.shape();
    mask.values.resize(checkedSize(mask.shape, kMostPixels, "mask"));
    data.readBlock(h5::Extent(mask.shape.size(), 0), mask.shape, mask.values.data());
    const bool nexus = data.path().ends_with("pixel_mask");
    mask.usualMeaning = file.hasGroup("entry_1") ? MaskMeaning::cxi
                        : nexus                  ? MaskMeaning::zeroIsValid
                                                 : MaskMeaning::oneIsValid;
    return mask;
}

} // namespace

MaskFile readMaskFile(const std::string& name) {
    return withContext("reading mask " + name, [&]() -> MaskFile {
        const auto [path, dataset] = splitDatasetName(name);
        if (!dataset.empty() || h5::File::isHdf5(path))
            return readHdf5(path, dataset);
        const std::string bytes = readWholeFile(path);
        if (isNpy(bytes))
            return readNpy(bytes);
        if (bytes.starts_with("P5"))
            return readPgm(bytes);
        if (bytes.starts_with("\x89PNG")) {
            GreyImage image = readPng(bytes);
            return {{image.rows, image.columns}, {image.values.begin(), image.values.end()}};
        }
        throw Error(ErrorCode::badInput, "it is neither a NumPy array (.npy), nor HDF5, nor a PNG or binary PGM image");
    });
}

bool sameMaskShape(const h5::Extent& file, const h5::Extent& run) {
    h5::Extent a, b;
    std::ranges::copy_if(file, std::back_inserter(a), [](std::uint64_t n) { return n != 1; });
    std::ranges::copy_if(run, std::back_inserter(b), [](std::uint64_t n) { return n != 1; });
    // Rows that follow one another in memory are the same in one stack or in several panels.
    const auto product = [](const h5::Extent& e) {
        return std::accumulate(e.begin(), e.end(), std::uint64_t{1}, std::multiplies<>());
    };
    return a == b ||
           (a.size() != b.size() && !a.empty() && !b.empty() && a.back() == b.back() && product(a) == product(b));
}

Array<std::uint8_t, 3> readMask(const std::string& name, const std::string& meaning,
                                const std::array<std::size_t, 3>& shape) {
    const MaskFile file = readMaskFile(name);
    if (!sameMaskShape(file.shape, {shape.begin(), shape.end()}))
        throw Error(ErrorCode::badInput, fmt::format("the mask {} is {}, expected {} as the run", name,
                                                     fmt::join(file.shape, " x "), fmt::join(shape, " x ")));
    const auto valid = validity(file.values, meaning == "auto" ? file.usualMeaning : maskMeaning(meaning));
    auto mask = Array<std::uint8_t, 3>::uninitialised(shape);
    std::ranges::copy(valid, mask.data());
    return mask;
}

namespace {

void writeHdf5(const std::string& path, const h5::Extent& shape, View<const std::uint8_t, 3> mask,
               const WriteOptions& options) {
    AtomicOutput output(path, options);
    {
        h5::File file = h5::File::create(output.temporaryPath());
        setDefault(file, "entry");
        {
            h5::Group entry = file.createGroup("entry", "NXentry");
            setDefault(entry, "data");
            h5::Group data = createNxData(entry, "data", "mask", std::vector<std::string>(shape.size(), "."));
            h5::Extent chunk = shape;
            if (chunk.size() == 3)
                chunk[0] = 1;
            h5::Dataset dataset = data.create("mask", h5::Number::uint8, shape, {.chunk = chunk, .gzip = 1});
            dataset.setAttribute("note", "1 = valid, raw pixel coordinates");
            dataset.writeBlock(h5::Extent(shape.size(), 0), shape, mask.data());
            Provenance provenance = startProvenance("mask");
            provenance.end = timestampUtc();
            writeProvenance(entry, provenance);
        }
        file.softLink("mask", "/entry/data/mask");
        file.close();
    }
    output.commit();
}

} // namespace

void writeMaskFile(const std::string& path, View<const std::uint8_t, 3> mask, const WriteOptions& options) {
    withContext("writing mask " + path, [&] {
        if (mask.empty() || !mask.isContiguous())
            throw Error(ErrorCode::badInput, "the mask has no pixels");
        h5::Extent shape(mask.shape().begin(), mask.shape().end());
        if (shape[0] == 1)
            shape.erase(shape.begin());
        if (path.ends_with(".npy"))
            writeTextFile(path, npyOf(shape, mask.data()), options);
        else
            writeHdf5(path, shape, mask, options);
    });
}

} // namespace fxs
