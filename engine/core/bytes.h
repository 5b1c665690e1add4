#pragma once

#include "engine/core/array.h"
#include "engine/core/error.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace fxs {

/// Values as bytes for another process of the same program on the same kind of machine; never for files.
class ByteWriter {
public:
    template <class T>
    requires std::is_trivially_copyable_v<T>
    void put(const T& value) { m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void put(const std::string& text) {
        put(std::uint64_t{text.size()});
        m_bytes += text;
    }
    template <class T>
    void put(const std::vector<T>& values) {
        put(std::uint64_t{values.size()});
        for (const T& value : values)
            put(value);
    }
    template <class K, class V>
    void put(const std::map<K, V>& values) {
        put(std::uint64_t{values.size()});
        for (const auto& [key, value] : values) {
            put(key);
            put(value);
        }
    }
    template <class T, std::size_t N>
    void put(const Array<T, N>& array) {
        put(array.shape());
        m_bytes.append(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T));
    }
    std::string take() && { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

/// The reverse, in the same order. Borrows the bytes. Throws: Error(internal) if they end early.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : m_bytes(bytes) {}

    template <class T>
    requires std::is_trivially_copyable_v<T>
    void take(T& value) { std::memcpy(&value, next(sizeof value), sizeof value); }
    void take(std::string& text) {
        const auto size = count(1);
        text.assign(next(size), size);
    }
    template <class T>
    void take(std::vector<T>& values) {
        values.resize(count(1));
        for (T& value : values)
            take(value);
    }
    template <class K, class V>
    void take(std::map<K, V>& values) {
        values.clear();
        for (std::size_t n = count(1); n > 0; --n) {
            K key{};
            take(key);
            take(values[std::move(key)]);
        }
    }
    template <class T, std::size_t N>
    void take(Array<T, N>& array) {
        typename Array<T, N>::Shape shape{};
        take(shape);
        std::size_t size = 1;
        for (const std::size_t extent : shape)
            size *= extent;
        const char* from = next(size * sizeof(T));
        array = Array<T, N>::uninitialised(shape);
        std::memcpy(array.data(), from, size * sizeof(T));
    }
    template <class T>
    T value() {
        T out{};
        take(out);
        return out;
    }

private:
    std::size_t count(std::size_t unit) {
        const auto n = value<std::uint64_t>();
        if (n > m_bytes.size() / unit)
            fail();
        return static_cast<std::size_t>(n);
    }
    const char* next(std::size_t bytes) {
        if (bytes > m_bytes.size())
            fail();
        const char* at = m_bytes.data();
        m_bytes.remove_prefix(bytes);
        return at;
    }
    [[noreturn]] static void fail() {
        throw Error(ErrorCode::internal, "bytes of another process end early; all must be of the same version");
    }

    std::string_view m_bytes;
};

} // namespace fxs
