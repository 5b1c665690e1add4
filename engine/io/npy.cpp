#include "engine/io/npy.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <charconv>
#include <string_view>

namespace fxs {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "\x93NUMPY";

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

/// Where the dictionary is.
std::string_view headerOf(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t start = bytes.size() > kMagic.size() && byte(kMagic.size()) >= 2 ? 12 : 10;
    const Error cutOff(ErrorCode::io, "the NumPy file is cut off in its header");
    if (bytes.size() < start)
        throw cutOff;
    const std::size_t length =
        start == 12 ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
    if (start + length > bytes.size())
        throw cutOff;
    return bytes.substr(start, length);
}

/// Fills kind and width from a type like '<u2'.
void readType(std::string_view description, NpyArray& array) {
    std::string_view type = description.substr(std::min<std::size_t>(1, description.size()));
    type = type.substr(0, type.find('\''));
    const char kind = type.size() == 3 ? type[1] : '?';
    const std::size_t width = type.size() == 3 && type[2] >= '0' ? static_cast<std::size_t>(type[2] - '0') : 0;
    const bool known = (kind == 'b' && width == 1) || (kind == 'f' && (width == 4 || width == 8)) ||
                       ((kind == 'u' || kind == 'i') && (width == 1 || width == 2 || width == 4 || width == 8));
    if (!known || type[0] == '>')
        throw Error(ErrorCode::unsupported,
                    fmt::format("the NumPy array is of type {}, expected little-endian numbers or booleans", type));
    array.type = type;
    array.kind = kind;
    array.width = width;
}

} // namespace

bool isNpy(const std::string& bytes) {
    return bytes.starts_with(kMagic);
}

std::size_t checkedSize(const h5::Extent& shape, std::uint64_t most, const char* what) {
    std::uint64_t n = 1;
    for (const std::uint64_t extent : shape) {
        if (extent == 0 || extent > most || n * extent > most)
            throw Error(ErrorCode::badInput,
                        fmt::format("the {} is {}, expected the detector's shape", what, fmt::join(shape, " x ")));
        n *= extent;
    }
    return static_cast<std::size_t>(n);
}

NpyArray parseNpy(const std::string& bytes, std::uint64_t mostValues) {
    const std::string_view header = headerOf(bytes);
    NpyArray array;
    readType(field(header, "descr"), array);
    if (field(header, "fortran_order").starts_with("True"))
        throw Error(ErrorCode::unsupported,
                    "the NumPy array is in Fortran order, expected C order (numpy.ascontiguousarray)");
    array.shape = shapeOf(field(header, "shape"));
    const std::size_t size = checkedSize(array.shape, mostValues, "array") * array.width;
    const auto begin = static_cast<std::size_t>(header.data() + header.size() - bytes.data());
    if (size > bytes.size() - begin)
        throw Error(ErrorCode::io, fmt::format("the NumPy file is cut off: {} bytes of data, expected {}",
                                               bytes.size() - begin, size));
    array.data = bytes.substr(begin, size);
    return array;
}

std::string npyOf(const h5::Extent& shape, const std::uint8_t* values) {
    std::string header =
        fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}", fmt::join(shape, ", "));
    // Magic, version and the header's length come first; the data begin at a multiple of 64 bytes.
    constexpr std::size_t kFixed = 10, kAlign = 64;
    header.append((2 * kAlign - (kFixed + header.size() + 1) % kAlign) % kAlign, ' ');
    header += '\n';
    std::string bytes(kMagic);
    bytes += {'\x01', '\x00'};
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    std::size_t count = 1;
    for (const std::uint64_t extent : shape)
        count *= static_cast<std::size_t>(extent);
    bytes.append(reinterpret_cast<const char*>(values), count);
    return bytes;
}

} // namespace fxs
