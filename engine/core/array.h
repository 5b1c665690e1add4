#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace fxs {

/// A borrowed, strided, N-dimensional block of values; the last index varies fastest unless strides say otherwise.
/// Shape:   shape()[i] values along axis i, strides() in elements (not bytes).
/// Owns:    nothing: whoever made the view keeps the memory alive.
/// Threads: reading is free; concurrent writing to different elements is safe.
/// Errors:  none are checked; an index out of range is undefined behaviour. Check shapes where data enters.
template <class T, std::size_t N>
class View {
public:
    using Shape = std::array<std::size_t, N>;
    using Strides = std::array<std::ptrdiff_t, N>;

    View() = default;
    View(T* data, const Shape& shape) : m_data(data), m_shape(shape), m_strides(packedStrides(shape)) {}
    View(T* data, const Shape& shape, const Strides& strides) : m_data(data), m_shape(shape), m_strides(strides) {}

    /// A view of mutable values is a view of constant ones.
    operator View<const T, N>() const requires(!std::is_const_v<T>) { return {m_data, m_shape, m_strides}; }

    T* data() const { return m_data; }
    const Shape& shape() const { return m_shape; }
    const Strides& strides() const { return m_strides; }
    std::size_t extent(std::size_t axis) const { return m_shape[axis]; }
    bool empty() const { return size() == 0; }

    std::size_t size() const {
        std::size_t n = 1;
        for (std::size_t e : m_shape)
            n *= e;
        return n;
    }

    bool isContiguous() const { return m_strides == packedStrides(m_shape); }

    /// All values in order; only for contiguous views.
    std::span<T> span() const { return {m_data, size()}; }

    template <class... I>
    requires(sizeof...(I) == N) T& operator()(I... index) const {
        const std::ptrdiff_t i[N] = {static_cast<std::ptrdiff_t>(index)...};
        std::ptrdiff_t offset = 0;
        for (std::size_t axis = 0; axis < N; ++axis)
            offset += i[axis] * m_strides[axis];
        return m_data[offset];
    }

    /// The sub-block at a first index; the element itself for N = 1.
    decltype(auto) operator[](std::size_t index) const {
        T* first = m_data + static_cast<std::ptrdiff_t>(index) * m_strides[0];
        if constexpr (N == 1) {
            return (*first);
        } else {
            std::array<std::size_t, N - 1> shape;
            std::array<std::ptrdiff_t, N - 1> strides;
            std::copy(m_shape.begin() + 1, m_shape.end(), shape.begin());
            std::copy(m_strides.begin() + 1, m_strides.end(), strides.begin());
            return View<T, N - 1>(first, shape, strides);
        }
    }

    /// Elements [first, first + count) of the first axis.
    View sub(std::size_t first, std::size_t count) const {
        Shape shape = m_shape;
        shape[0] = count;
        return {m_data + static_cast<std::ptrdiff_t>(first) * m_strides[0], shape, m_strides};
    }

    static Strides packedStrides(const Shape& shape) {
        Strides strides{};
        std::ptrdiff_t step = 1;
        for (std::size_t axis = N; axis-- > 0;) {
            strides[axis] = step;
            step *= static_cast<std::ptrdiff_t>(shape[axis]);
        }
        return strides;
    }

private:
    T* m_data = nullptr;
    Shape m_shape{};
    Strides m_strides{};
};

/// An owned, contiguous, N-dimensional block of plain values, the last index fastest, aligned to 64 bytes.
/// Owns:    its memory. Move-only: a copy is asked for by clone(), because frames and sums are large.
/// Cost:    allocation, and zeroing unless made by uninitialised().
/// Throws:  std::bad_alloc.
template <class T, std::size_t N>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    using Shape = std::array<std::size_t, N>;

    Array() = default;

    /// All values zero.
    explicit Array(const Shape& shape) : Array(shape, Raw{}) { std::fill_n(m_data.get(), size(), T{}); }

    /// Values are indeterminate until written.
    static Array uninitialised(const Shape& shape) { return Array(shape, Raw{}); }

    Array(Array&& other) noexcept : m_data(std::move(other.m_data)), m_shape(std::exchange(other.m_shape, {})) {}
    Array& operator=(Array&& other) noexcept {
        m_data = std::move(other.m_data);
        m_shape = std::exchange(other.m_shape, {});
        return *this;
    }

    Array clone() const {
        Array copy = uninitialised(m_shape);
        std::copy_n(m_data.get(), size(), copy.m_data.get());
        return copy;
    }

    T* data() { return m_data.get(); }
    const T* data() const { return m_data.get(); }
    const Shape& shape() const { return m_shape; }
    std::size_t extent(std::size_t axis) const { return m_shape[axis]; }
    std::size_t size() const { return view().size(); }
    bool empty() const { return size() == 0; }

    View<T, N> view() { return {m_data.get(), m_shape}; }
    View<const T, N> view() const { return {m_data.get(), m_shape}; }
    operator View<T, N>() { return view(); }
    operator View<const T, N>() const { return view(); }

    std::span<T> span() { return view().span(); }
    std::span<const T> span() const { return view().span(); }

    template <class... I>
    T& operator()(I... index) {
        return view()(index...);
    }
    template <class... I>
    const T& operator()(I... index) const {
        return view()(index...);
    }
    decltype(auto) operator[](std::size_t index) { return view()[index]; }
    decltype(auto) operator[](std::size_t index) const { return view()[index]; }

private:
    struct Raw {};
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };

    Array(const Shape& shape, Raw) : m_shape(shape) {
        m_data.reset(static_cast<T*>(
            ::operator new[](std::max<std::size_t>(1, view().size()) * sizeof(T), std::align_val_t{64})));
    }

    std::unique_ptr<T[], Free> m_data;
    Shape m_shape{};
};

} // namespace fxs
