#include "engine/stream/karabo.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <msgpack.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace fxs {

namespace {

using Object = msgpack::object;

/// Deeper than any sender nests; a message of brackets only must not exhaust the stack.
constexpr std::size_t kDeepest = 32;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::badInput, "message of the Karabo bridge: " + what);
}

std::string_view textOf(const Object& object) {
    if (object.type == msgpack::type::STR)
        return {object.via.str.ptr, object.via.str.size};
    // msgpack-numpy writes its keys as binary.
    if (object.type == msgpack::type::BIN)
        return {object.via.bin.ptr, object.via.bin.size};
    return {};
}

bool isText(const Object& object) {
    return object.type == msgpack::type::STR || object.type == msgpack::type::BIN;
}

std::span<const msgpack::object_kv> entriesOf(const Object& object, const std::string& what) {
    if (object.type != msgpack::type::MAP)
        refuse(what + " is no map");
    return {object.via.map.ptr, object.via.map.size};
}

const Object* find(const Object& map, std::string_view key) {
    if (map.type != msgpack::type::MAP)
        return nullptr;
    for (const auto& [name, value] : entriesOf(map, ""))
        if (isText(name) && textOf(name) == key)
            return &value;
    return nullptr;
}

std::string requireText(const Object& map, std::string_view key, const std::string& where) {
    const Object* value = find(map, key);
    if (value == nullptr || !isText(*value))
        refuse(fmt::format("{} has no text \"{}\"", where, key));
    return std::string(textOf(*value));
}

std::optional<double> numberOf(const Object& object) {
    switch (object.type) {
    case msgpack::type::BOOLEAN:
        return object.via.boolean ? 1 : 0;
    case msgpack::type::POSITIVE_INTEGER:
        return static_cast<double>(object.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
        return static_cast<double>(object.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
        return object.via.f64;
    default:
        return std::nullopt;
    }
}

/// Numbers come as such or, from some senders, as text.
template <class T>
std::optional<T> looseNumber(const Object* object) {
    if (object == nullptr)
        return std::nullopt;
    if constexpr (std::is_integral_v<T>) {
        if (object->type == msgpack::type::POSITIVE_INTEGER)
            return object->via.u64;
    } else if (const auto number = numberOf(*object)) {
        return *number;
    }
    if (!isText(*object))
        return std::nullopt;
    const std::string_view text = textOf(*object);
    T value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Unpacks bytes that outlive the result: texts and binaries stay where they are. A length that the message announces
/// but cannot hold is refused before anything is allocated for it.
msgpack::object_handle unpack(std::span<const std::byte> bytes, const std::string& what) {
    const auto* data = reinterpret_cast<const char*>(bytes.data());
    const std::size_t n = bytes.size();
    try {
        return msgpack::unpack(
            data, n, [](msgpack::type::object_type, std::size_t, void*) { return true; }, nullptr,
            msgpack::unpack_limit(n, n, n, n, n, kDeepest));
    } catch (const msgpack::unpack_error& error) {
        refuse(fmt::format("{} ({} bytes) is not msgpack: {}", what, n, error.what()));
    } catch (const std::bad_alloc&) {
        refuse(fmt::format("{} ({} bytes) announces more than it holds", what, n));
    }
}

void addOrigin(StreamMessage& message, const std::string& source, const Object* metadata) {
    StreamOrigin origin;
    origin.name = source;
    if (metadata != nullptr) {
        origin.trainId = looseNumber<std::uint64_t>(find(*metadata, "timestamp.tid"));
        origin.timestamp = looseNumber<double>(find(*metadata, "timestamp")).value_or(0);
    }
    message.origins.push_back(std::move(origin));
}

std::vector<std::size_t> shapeOf(const Object* object, const std::string& where) {
    if (object == nullptr || object->type != msgpack::type::ARRAY)
        refuse(where + " has no shape");
    std::vector<std::size_t> shape;
    for (std::uint32_t i = 0; i < object->via.array.size; ++i) {
        const Object& extent = object->via.array.ptr[i];
        if (extent.type != msgpack::type::POSITIVE_INTEGER)
            refuse(where + " has a shape that is not of whole numbers");
        shape.push_back(extent.via.u64);
    }
    return shape;
}

/// The bytes must be as many as type and shape say; the product is taken so that it cannot overflow.
void requireSize(const StreamArray& array, const std::string& where) {
    std::size_t expected = elementSize(array.type);
    for (const std::size_t extent : array.shape) {
        if (extent != 0 && expected > std::numeric_limits<std::size_t>::max() / extent)
            refuse(fmt::format("{} has shape {}, more than memory can hold", where, fmt::join(array.shape, " x ")));
        expected *= extent;
    }
    if (expected != array.bytes.size())
        refuse(fmt::format("{} is {} of {}: {} bytes expected, {} found", where, fmt::join(array.shape, " x "),
                           elementName(array.type), expected, array.bytes.size()));
}

ElementType requireType(const std::string& name, const std::string& where) {
    const auto type = elementType(name);
    if (!type)
        refuse(
            fmt::format("{} is of type {}, which is not read (numbers and booleans, little-endian, are)", where, name));
    return *type;
}

std::span<const std::byte> bytesOf(const Object* object, const std::string& where) {
    if (object == nullptr || object->type != msgpack::type::BIN)
        refuse(where + " has no data");
    return std::as_bytes(std::span(object->via.bin.ptr, object->via.bin.size));
}

/// A list of numbers becomes an array of doubles, another list the texts of its elements.
void addList(StreamMessage& message, const std::string& source, const std::string& path, const Object& list) {
    std::vector<double> numbers;
    std::vector<std::string> texts;
    for (const Object& element : std::span(list.via.array.ptr, list.via.array.size)) {
        if (const auto number = numberOf(element))
            numbers.push_back(*number);
        else if (isText(element))
            texts.emplace_back(textOf(element));
    }
    if (numbers.size() == list.via.array.size && !numbers.empty()) {
        const auto owner = std::make_shared<const std::vector<double>>(std::move(numbers));
        message.arrays.push_back(
            {source, path, ElementType::float64, {owner->size()}, std::as_bytes(std::span(*owner)), owner});
    } else if (texts.size() == list.via.array.size) {
        message.values.push_back({source, path, std::move(texts)});
    }
}

/// One entry of a source; what is neither number, text, list nor array (nothing, nested maps) is of no use here.
void addEntry(StreamMessage& message, const std::string& source, const std::string& path, const Object& value,
              const std::shared_ptr<const void>& owner) {
    const std::string where = fmt::format("\"{}\" of {}", path, source);
    if (const auto number = numberOf(value)) {
        message.values.push_back({source, path, *number});
    } else if (isText(value)) {
        message.values.push_back({source, path, std::string(textOf(value))});
    } else if (value.type == msgpack::type::ARRAY) {
        addList(message, source, path, value);
    } else if (const Object* numpy = find(value, "nd")) {
        StreamArray array{source, path, requireType(requireText(value, "type", where), where), {}, {}, owner};
        array.bytes = bytesOf(find(value, "data"), where);
        const bool isArray = numpy->type == msgpack::type::BOOLEAN && numpy->via.boolean;
        if (isArray)
            array.shape = shapeOf(find(value, "shape"), where);
        requireSize(array, where);
        if (isArray) {
            message.arrays.push_back(std::move(array));
        } else {
            double scalar = 0;
            array.copyTo(0, std::span(&scalar, 1));
            message.values.push_back({source, path, scalar});
        }
    }
}

StreamMessage decodeOnePart(const MessagePart& part) {
    StreamMessage message;
    const msgpack::object_handle document = unpack(part.bytes, "its one part");
    for (const auto& [name, properties] : entriesOf(document.get(), "its one part")) {
        if (!isText(name))
            refuse("a source's name is no text");
        const std::string source(textOf(name));
        addOrigin(message, source, find(properties, "metadata"));
        for (const auto& [key, value] : entriesOf(properties, "source " + source))
            if (isText(key) && textOf(key) != "metadata")
                addEntry(message, source, std::string(textOf(key)), value, part.owner);
    }
    return message;
}

StreamMessage decodePairs(std::span<const MessagePart> parts) {
    StreamMessage message;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        const std::string where = fmt::format("part {}", i);
        const msgpack::object_handle header = unpack(parts[i].bytes, where);
        const std::string source = requireText(header.get(), "source", where);
        const std::string content = requireText(header.get(), "content", where);
        const MessagePart& payload = parts[i + 1];
        if (content == "msgpack") {
            addOrigin(message, source, find(header.get(), "metadata"));
            const std::string what = fmt::format("part {}", i + 1);
            const msgpack::object_handle values = unpack(payload.bytes, what);
            for (const auto& [key, value] : entriesOf(values.get(), what))
                if (isText(key))
                    addEntry(message, source, std::string(textOf(key)), value, payload.owner);
        } else if (content == "array" || content == "ImageData") {
            StreamArray array;
            array.source = source;
            array.path = requireText(header.get(), "path", where);
            const std::string what = fmt::format("array \"{}\" of {}", array.path, source);
            array.type = requireType(requireText(header.get(), "dtype", where), what);
            array.shape = shapeOf(find(header.get(), "shape"), what);
            array.bytes = payload.bytes;
            array.owner = payload.owner;
            requireSize(array, what);
            message.arrays.push_back(std::move(array));
        } else {
            refuse(fmt::format("{} has content \"{}\", expected msgpack, array or ImageData", where, content));
        }
    }
    return message;
}

using Packer = msgpack::packer<msgpack::sbuffer>;

void packBytes(Packer& packer, std::span<const std::byte> bytes) {
    packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer.pack_bin_body(reinterpret_cast<const char*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
}

void packKey(Packer& packer, std::string_view key) {
    packBytes(packer, std::as_bytes(std::span(key)));
}

void packMetadata(Packer& packer, const StreamOrigin& origin) {
    packer.pack_map(origin.trainId ? 5 : 4);
    packer.pack("source").pack(origin.name);
    packer.pack("timestamp").pack(origin.timestamp);
    const auto seconds = static_cast<std::uint64_t>(origin.timestamp);
    packer.pack("timestamp.sec").pack(std::to_string(seconds));
    const double fraction = origin.timestamp - static_cast<double>(seconds);
    packer.pack("timestamp.frac").pack(fmt::format("{:018d}", static_cast<std::uint64_t>(fraction * 1e18)));
    if (origin.trainId)
        packer.pack("timestamp.tid").pack(*origin.trainId);
}

template <class List>
std::size_t countOf(const List& list, const std::string& source) {
    return static_cast<std::size_t>(std::ranges::count(list, source, [](const auto& item) { return item.source; }));
}

void packValues(Packer& packer, const StreamMessage& message, const std::string& source) {
    for (const StreamValue& value : message.values)
        if (value.source == source) {
            packer.pack(value.path);
            std::visit([&](const auto& v) { packer.pack(v); }, value.value);
        }
}

MessagePart partOf(msgpack::sbuffer&& buffer) {
    const auto owner = std::make_shared<const msgpack::sbuffer>(std::move(buffer));
    return {owner, std::as_bytes(std::span(owner->data(), owner->size()))};
}

/// NumPy inside msgpack, as msgpack-numpy does it.
void packNumpy(Packer& packer, const StreamArray& array) {
    packer.pack(array.path);
    packer.pack_map(5);
    packKey(packer, "nd");
    packer.pack(true);
    packKey(packer, "type");
    packer.pack(elementCode(array.type));
    packKey(packer, "kind");
    packKey(packer, "");
    packKey(packer, "shape");
    packer.pack(array.shape);
    packKey(packer, "data");
    packBytes(packer, array.bytes);
}

std::vector<MessagePart> encodeOnePart(const StreamMessage& message) {
    msgpack::sbuffer buffer;
    Packer packer(buffer);
    packer.pack_map(static_cast<std::uint32_t>(message.origins.size()));
    for (const StreamOrigin& origin : message.origins) {
        packer.pack(origin.name);
        packer.pack_map(static_cast<std::uint32_t>(countOf(message.values, origin.name) +
                                                   countOf(message.arrays, origin.name) + 1));
        packValues(packer, message, origin.name);
        for (const StreamArray& array : message.arrays)
            if (array.source == origin.name)
                packNumpy(packer, array);
        packer.pack("metadata");
        packMetadata(packer, origin);
    }
    return {partOf(std::move(buffer))};
}

std::vector<MessagePart> encodePairs(const StreamMessage& message) {
    std::vector<MessagePart> parts;
    for (const StreamOrigin& origin : message.origins) {
        msgpack::sbuffer header, body;
        Packer head(header), values(body);
        head.pack_map(3);
        head.pack("source").pack(origin.name).pack("content").pack("msgpack").pack("metadata");
        packMetadata(head, origin);
        values.pack_map(static_cast<std::uint32_t>(countOf(message.values, origin.name)));
        packValues(values, message, origin.name);
        parts.push_back(partOf(std::move(header)));
        parts.push_back(partOf(std::move(body)));
        for (const StreamArray& array : message.arrays) {
            if (array.source != origin.name)
                continue;
            msgpack::sbuffer arrayHeader;
            Packer packer(arrayHeader);
            packer.pack_map(5);
            packer.pack("source").pack(array.source).pack("content").pack("array").pack("path").pack(array.path);
            packer.pack("dtype").pack(elementName(array.type)).pack("shape").pack(array.shape);
            parts.push_back(partOf(std::move(arrayHeader)));
            parts.push_back({array.owner, array.bytes});
        }
    }
    return parts;
}

} // namespace

StreamMessage decodeKarabo(std::span<const MessagePart> parts) {
    if (parts.empty())
        refuse("it has no part");
    if (parts.size() == 1)
        return decodeOnePart(parts.front());
    if (parts.size() % 2 != 0)
        refuse(fmt::format("{} parts, expected one (protocol 1.0) or pairs of header and payload (2.2)", parts.size()));
    return decodePairs(parts);
}

std::vector<MessagePart> encodeKarabo(const StreamMessage& message, KaraboProtocol protocol) {
    return protocol == KaraboProtocol::v1_0 ? encodeOnePart(message) : encodePairs(message);
}

} // namespace fxs
