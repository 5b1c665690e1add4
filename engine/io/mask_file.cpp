#include "engine/io/mask_file.h"

#include "engine/io/mask_image.h"
#include "engine/io/nexus.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>

namespace fxs {

namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 30;

std::uint64_t pixelCount(const h5::Extent& shape) {
    std::uint64_t n = 1;
    for (const std::uint64_t extent : shape) {
        if (extent == 0 || extent > kMostPixels || n * extent > kMostPixels)
            throw Error(ErrorCode::badInput,
                        fmt::format("the mask is {}, expected the detector's shape", fmt::join(shape, " x ")));
        n *= extent;
    }
    return n;
}

std::string readBytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        const int why = errno;
        throw Error(why == EACCES ? ErrorCode::noPermission : ErrorCode::notFound, std::strerror(why));
    }
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (file.bad())
        throw Error(ErrorCode::io, std::strerror(errno));
    return bytes;
}

// ---- NumPy

/// The text after 'key': in the header's dictionary.
std::string_view npyField(std::string_view header, std::string_view key) {
    const auto at = header.find(fmt::format("'{}':", key));
    if (at == std::string_view::npos)
        throw Error(ErrorCode::badInput, fmt::format("its NumPy header has no {}", key));
    header.remove_prefix(at + key.size() + 3);
    header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
    return header;
}

h5::Extent npyShape(std::string_view text) {
    h5::Extent shape;
    const char* at = text.data() + (text.starts_with('(') ? 1 : 0);
    const char* end = text.data() + std::min(text.find(')'), text.size());
    while (at < end) {
        std::uint64_t extent = 0;
        const auto [next, ec] = std::from_chars(at, end, extent);
        if (ec != std::errc{})
            break;
        shape.push_back(extent);
        at = next;
        while (at < end && (*at == ',' || *at == ' '))
            ++at;
    }
    return shape;
}

template <class T>
void convert(const char* bytes, std::vector<std::uint32_t>& out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        T value;
        std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
        out[i] = static_cast<std::uint32_t>(value);
    }
}

MaskFile readNpy(const std::string& bytes) {
    if (bytes.size() < 12)
        throw Error(ErrorCode::io, "the NumPy file is cut off in its header");
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const bool longHeader = bytes[6] >= 2;
    const std::size_t start = longHeader ? 12 : 10;
    const std::size_t length =
        longHeader ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
    if (start + length > bytes.size())
        throw Error(ErrorCode::io, "the NumPy file is cut off in its header");
    const std::string_view header(bytes.data() + start, length);
    const std::string_view description = npyField(header, "descr");
    const std::string type(description.substr(1, description.find('\'', 1) - 1));
    if (npyField(header, "fortran_order").starts_with("True"))
        throw Error(ErrorCode::unsupported,
                    "the NumPy array is in Fortran order, expected C order (numpy.ascontiguousarray)");
    MaskFile mask;
    mask.shape = npyShape(npyField(header, "shape"));
    mask.values.resize(static_cast<std::size_t>(pixelCount(mask.shape)));
    const std::size_t width = type.size() == 3 ? static_cast<std::size_t>(type[2] - '0') : 0;
    const std::string kind = type.substr(1);
    const char* data = bytes.data() + start + length;
    if (type.empty() || type[0] == '>' || width == 0)
        throw Error(ErrorCode::unsupported,
                    fmt::format("the NumPy array is of type {}, expected booleans or little-endian integers", type));
    if (start + length + mask.values.size() * width > bytes.size())
        throw Error(ErrorCode::io, fmt::format("the NumPy file is cut off: {} bytes of data, expected {}",
                                               bytes.size() - start - length, mask.values.size() * width));
    static_assert(std::endian::native == std::endian::little);
    if (kind == "b1" || kind == "u1")
        convert<std::uint8_t>(data, mask.values);
    else if (kind == "i1")
        convert<std::int8_t>(data, mask.values);
    else if (kind == "u2")
        convert<std::uint16_t>(data, mask.values);
    else if (kind == "i2")
        convert<std::int16_t>(data, mask.values);
    else if (kind == "u4")
        convert<std::uint32_t>(data, mask.values);
    else if (kind == "i4")
        convert<std::int32_t>(data, mask.values);
    else if (kind == "u8")
        convert<std::uint64_t>(data, mask.values);
    else if (kind == "i8")
        convert<std::int64_t>(data, mask.values);
    else
        throw Error(ErrorCode::unsupported,
                    fmt::format("the NumPy array is of type {}, expected booleans or integers", type));
    return mask;
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
    mask.values.resize(static_cast<std::size_t>(pixelCount(mask.shape)));
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
    mask.values.resize(static_cast<std::size_t>(pixelCount(mask.shape)));
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
        std::string path = name, dataset;
        std::error_code ignored;
        const auto colon = name.find(":/");
        if (!std::filesystem::exists(path, ignored) && colon != std::string::npos) {
            path = name.substr(0, colon);
            dataset = name.substr(colon + 1);
        }
        if (!dataset.empty() || h5::File::isHdf5(path))
            return readHdf5(path, dataset);
        if (std::filesystem::is_directory(path, ignored))
            throw Error(ErrorCode::badInput, "it is a folder, expected a file");
        const std::string bytes = readBytes(path);
        if (bytes.starts_with("\x93NUMPY"))
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

void writeNpy(const std::string& path, const h5::Extent& shape, View<const std::uint8_t, 3> mask,
              const WriteOptions& options) {
    std::string header =
        fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}", fmt::join(shape, ", "));
    // NumPy's format: magic, version, length of the header; the data begin at a multiple of 64 bytes.
    constexpr std::size_t kFixed = 10, kAlign = 64;
    header.append((2 * kAlign - (kFixed + header.size() + 1) % kAlign) % kAlign, ' ');
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(mask.data()), mask.size());
    writeTextFile(path, bytes, options);
}

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
            writeNpy(path, shape, mask, options);
        else
            writeHdf5(path, shape, mask, options);
    });
}

} // namespace fxs
