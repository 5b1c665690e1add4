#include "engine/stream/stream_message.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace fxs {

namespace {

struct ElementInfo {
    const char *name, *code;
    std::size_t size;
};
constexpr std::array<ElementInfo, 12> kElements{{{"bool", "|b1", 1},
                                                 {"int8", "|i1", 1},
                                                 {"uint8", "|u1", 1},
                                                 {"int16", "<i2", 2},
                                                 {"uint16", "<u2", 2},
                                                 {"int32", "<i4", 4},
                                                 {"uint32", "<u4", 4},
                                                 {"int64", "<i8", 8},
                                                 {"uint64", "<u8", 8},
                                                 {"float16", "<f2", 2},
                                                 {"float32", "<f4", 4},
                                                 {"float64", "<f8", 8}}};

static_assert(std::endian::native == std::endian::little, "arrays of messages are read as they lie");

float fromHalf(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff;
    float value = 0;
    if (exponent == 0)
        value = std::ldexp(static_cast<float>(mantissa), -24);
    else if (exponent == 31)
        value = mantissa == 0 ? INFINITY : NAN;
    else
        value = std::ldexp(static_cast<float>(mantissa | 0x400), exponent - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

/// Stored as S, wanted as T. memcpy because a message's parts begin anywhere.
template <class S, class T, class Convert>
void convertAll(const std::byte* from, std::span<T> out, Convert convert) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        S value;
        std::memcpy(&value, from + i * sizeof(S), sizeof(S));
        out[i] = static_cast<T>(convert(value));
    }
}

template <class T>
void copyElements(const StreamArray& array, std::size_t first, std::span<T> out) {
    if (first > array.size() || out.size() > array.size() - first)
        throw Error(ErrorCode::badInput, fmt::format("array {} of {} has {} elements; {} from {} were asked for",
                                                     array.path, array.source, array.size(), out.size(), first));
    const std::byte* from = array.bytes.data() + first * elementSize(array.type);
    const auto same = [](auto value) { return value; };
    switch (array.type) {
    case ElementType::boolean:
        return convertAll<std::uint8_t>(from, out, [](std::uint8_t v) { return v != 0 ? 1 : 0; });
    case ElementType::int8:
        return convertAll<std::int8_t>(from, out, same);
    case ElementType::uint8:
        return convertAll<std::uint8_t>(from, out, same);
    case ElementType::int16:
        return convertAll<std::int16_t>(from, out, same);
    case ElementType::uint16:
        return convertAll<std::uint16_t>(from, out, same);
    case ElementType::int32:
        return convertAll<std::int32_t>(from, out, same);
    case ElementType::uint32:
        return convertAll<std::uint32_t>(from, out, same);
    case ElementType::int64:
        return convertAll<std::int64_t>(from, out, same);
    case ElementType::uint64:
        return convertAll<std::uint64_t>(from, out, same);
    case ElementType::float16:
        return convertAll<std::uint16_t>(from, out, &fromHalf);
    case ElementType::float32:
        return convertAll<float>(from, out, same);
    case ElementType::float64:
        return convertAll<double>(from, out, same);
    }
}

template <class List>
auto* findNamed(List& list, std::string_view source, std::string_view path) {
    for (auto& item : list)
        if (item.source == source && item.path == path)
            return &item;
    return static_cast<decltype(&list.front())>(nullptr);
}

} // namespace

std::size_t elementSize(ElementType type) {
    return kElements[static_cast<std::size_t>(type)].size;
}

const char* elementName(ElementType type) {
    return kElements[static_cast<std::size_t>(type)].name;
}

const char* elementCode(ElementType type) {
    return kElements[static_cast<std::size_t>(type)].code;
}

std::optional<ElementType> elementType(std::string_view name) {
    for (std::size_t i = 0; i < kElements.size(); ++i)
        if (name == kElements[i].name || name == kElements[i].code)
            return static_cast<ElementType>(i);
    return std::nullopt;
}

std::size_t StreamArray::size() const {
    std::size_t n = 1;
    for (const std::size_t extent : shape)
        n *= extent;
    return n;
}

void StreamArray::copyTo(std::size_t first, std::span<float> out) const {
    copyElements(*this, first, out);
}

void StreamArray::copyTo(std::size_t first, std::span<double> out) const {
    copyElements(*this, first, out);
}

const StreamArray* StreamMessage::findArray(std::string_view source, std::string_view path) const {
    return findNamed(arrays, source, path);
}

const StreamValue* StreamMessage::findValue(std::string_view source, std::string_view path) const {
    return findNamed(values, source, path);
}

std::optional<std::uint64_t> StreamMessage::trainId() const {
    for (const StreamOrigin& origin : origins)
        if (origin.trainId)
            return origin.trainId;
    return std::nullopt;
}

} // namespace fxs
