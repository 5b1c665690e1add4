#include "engine/io/number_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace fxs {

namespace {

constexpr std::uint64_t kMostValues = std::uint64_t{1} << 31;

std::size_t sizeOf(const h5::Extent& shape) {
    std::uint64_t n = 1;
    for (const std::uint64_t extent : shape) {
        if (extent == 0 || extent > kMostValues || n * extent > kMostValues)
            throw Error(ErrorCode::badInput,
                        fmt::format("the array is {}, expected the detector's shape", fmt::join(shape, " x ")));
        n *= extent;
    }
    return static_cast<std::size_t>(n);
}

template <class T>
void convert(const char* bytes, std::vector<float>& out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        T value;
        std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
        out[i] = static_cast<float>(value);
    }
}

struct NpyType {
    std::size_t width;
    void (*convert)(const char*, std::vector<float>&);
};

const std::map<std::string, NpyType, std::less<>>& npyTypes() {
    static const std::map<std::string, NpyType, std::less<>> types{
        {"b1", {1, convert<std::uint8_t>}},  {"u1", {1, convert<std::uint8_t>}},  {"i1", {1, convert<std::int8_t>}},
        {"u2", {2, convert<std::uint16_t>}}, {"i2", {2, convert<std::int16_t>}},  {"u4", {4, convert<std::uint32_t>}},
        {"i4", {4, convert<std::int32_t>}},  {"u8", {8, convert<std::uint64_t>}}, {"i8", {8, convert<std::int64_t>}},
        {"f4", {4, convert<float>}},         {"f8", {8, convert<double>}}};
    return types;
}

/// The text after 'key': in the header's dictionary.
std::string_view field(std::string_view header, std::string_view key) {
    const auto at = header.find(fmt::format("'{}':", key));
    if (at == std::string_view::npos)
        throw Error(ErrorCode::badInput, fmt::format("its NumPy header has no {}", key));
    header.remove_prefix(at + key.size() + 3);
    header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
    return header;
}

h5::Extent shapeOf(std::string_view text) {
    h5::Extent shape;
    const char* const end = text.data() + std::min(text.find(')'), text.size());
    for (const char* at = text.data() + (text.starts_with('(') ? 1 : 0); at < end;) {
        std::uint64_t extent = 0;
        const auto [next, ec] = std::from_chars(at, end, extent);
        if (ec != std::errc{})
            break;
        shape.push_back(extent);
        for (at = next; at < end && (*at == ',' || *at == ' ');)
            ++at;
    }
    return shape;
}

NumberFile readNpy(const std::string& bytes) {
    static_assert(std::endian::native == std::endian::little);
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t start = bytes.size() > 6 && bytes[6] >= 2 ? 12 : 10;
    if (bytes.size() < start)
        throw Error(ErrorCode::io, "the NumPy file is cut off in its header");
    const std::size_t length =
        start == 12 ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
    if (start + length > bytes.size())
        throw Error(ErrorCode::io, "the NumPy file is cut off in its header");
    const std::string_view header(bytes.data() + start, length);
    std::string_view type = field(header, "descr");
    type = type.substr(1, type.find('\'', 1) - 1);
    const auto known = type.size() == 3 ? npyTypes().find(type.substr(1)) : npyTypes().end();
    if (known == npyTypes().end() || type[0] == '>')
        throw Error(ErrorCode::unsupported,
                    fmt::format("the NumPy array is of type {}, expected little-endian numbers", type));
    if (field(header, "fortran_order").starts_with("True"))
        throw Error(ErrorCode::unsupported,
                    "the NumPy array is in Fortran order, expected C order (numpy.ascontiguousarray)");
    NumberFile out;
    out.shape = shapeOf(field(header, "shape"));
    out.values.resize(sizeOf(out.shape));
    if (start + length + out.values.size() * known->second.width > bytes.size())
        throw Error(ErrorCode::io, fmt::format("the NumPy file is cut off: {} bytes of data, expected {}",
                                               bytes.size() - start - length, out.values.size() * known->second.width));
    known->second.convert(bytes.data() + start + length, out.values);
    return out;
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

NumberFile readHdf5(const DatasetName& name) {
    const h5::File file = h5::File::open(name.file);
    std::string path = name.dataset;
    if (path.empty())
        for (const char* usual : {"data", "data/data", "entry/data", "entry/data/data", "entry_1/data_1/data"})
            if (path.empty() && file.hasDataset(usual))
                path = usual;
    if (path.empty())
        throw Error(ErrorCode::notFound,
                    fmt::format("it has no dataset called data; {}:/path/of/dataset says which", name.file));
    const h5::Dataset data = file.dataset(path);
    if (!data.isNumeric())
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} holds {}, expected numbers", data.name(), data.valueType()));
    NumberFile out;
    out.shape = data.shape();
    out.values.resize(sizeOf(out.shape));
    data.readBlock(h5::Extent(out.shape.size(), 0), out.shape, out.values.data());
    return out;
}

} // namespace

DatasetName splitDatasetName(const std::string& name) {
    std::error_code ignored;
    const auto colon = name.find(":/");
    if (colon == std::string::npos || std::filesystem::exists(name, ignored))
        return {name, ""};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

NumberFile readNumberFile(const std::string& name) {
    return withContext("reading " + name, [&]() -> NumberFile {
        const DatasetName parts = splitDatasetName(name);
        std::error_code ignored;
        if (std::filesystem::is_directory(parts.file, ignored))
            throw Error(ErrorCode::badInput, "it is a folder, expected a file");
        if (!parts.dataset.empty() || h5::File::isHdf5(parts.file))
            return readHdf5(parts);
        const std::string bytes = readBytes(parts.file);
        if (bytes.starts_with("\x93NUMPY"))
            return readNpy(bytes);
        throw Error(ErrorCode::badInput, "it is neither a NumPy array (.npy) nor HDF5");
    });
}

} // namespace fxs
