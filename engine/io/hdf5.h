#pragma once

#include "engine/core/array.h"
#include "engine/core/error.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// HDF5 behind move-only values. Every C call is checked; a failure is an Error that names the file, the object, and
/// what HDF5 said innermost. HDF5's own printing is off. Only hdf5_check.h, for .cpp files of this folder, includes
/// HDF5's own header.
/// Threads: the library has one lock; objects of one file may be used from several threads, but never faster than
///          from one.
namespace fxs::h5 {

using Id = std::int64_t; ///< hid_t
inline constexpr Id kNoId = -1;
using Extent = std::vector<std::uint64_t>;

enum class Kind { file, group, dataset, dataspace, type, propertyList, attribute };

/// Closes an id of that kind; false if HDF5 refuses.
bool closeId(Kind kind, Id id) noexcept;
/// How many files, groups, datasets, types and attributes this process has open: tests count closes with it.
std::size_t openObjectCount();

/// Path of the file that was opened last, for a message when the program crashes; "" if none was. Async-signal-safe.
const char* lastOpened() noexcept;

/// One C handle. Owns: its id, closed once, when the handle is destroyed, closed or assigned over.
template <Kind K>
class Handle {
public:
    Handle() = default;
    explicit Handle(Id id) noexcept : m_id(id) {}
    Handle(Handle&& other) noexcept : m_id(std::exchange(other.m_id, kNoId)) {}
    Handle& operator=(Handle&& other) noexcept {
        if (this != &other) {
            close();
            m_id = std::exchange(other.m_id, kNoId);
        }
        return *this;
    }
    ~Handle() { close(); }

    Id id() const noexcept { return m_id; }
    explicit operator bool() const noexcept { return m_id >= 0; }
    /// False if HDF5 could not close it (a file: what was buffered could not be written). Closing twice does nothing.
    bool close() noexcept { return m_id < 0 || closeId(K, std::exchange(m_id, kNoId)); }

private:
    Id m_id = kNoId;
};

using FileHandle = Handle<Kind::file>;
using GroupHandle = Handle<Kind::group>;
using DatasetHandle = Handle<Kind::dataset>;
using SpaceHandle = Handle<Kind::dataspace>;
using TypeHandle = Handle<Kind::type>;
using PropertyHandle = Handle<Kind::propertyList>;
using AttributeHandle = Handle<Kind::attribute>;

/// The numbers that cross this header; HDF5 converts from what is stored.
enum class Number { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };

template <class T>
constexpr Number numberOf() {
    if constexpr (std::is_same_v<T, float>)
        return Number::float32;
    else if constexpr (std::is_same_v<T, double>)
        return Number::float64;
    else {
        static_assert(std::is_integral_v<T> && sizeof(T) <= 8);
        constexpr int size = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 2 : sizeof(T) == 4 ? 4 : 6;
        return static_cast<Number>(size + (std::is_unsigned_v<T> ? 1 : 0));
    }
}

/// What a group and a dataset have in common: a file, a path in it, attributes.
class Object {
public:
    const std::string& filePath() const { return *m_file; }
    const std::string& path() const { return m_path; }
    /// "/entry/polar/q of run.h5": how errors name it.
    std::string name() const { return m_path + " of " + *m_file; }

    bool hasAttribute(const std::string& name) const;
    std::optional<std::string> textAttribute(const std::string& name) const; ///< nullopt: not there or not one text
    std::optional<double> numberAttribute(const std::string& name) const;    ///< nullopt: not there or not one number
    /// All numbers of an attribute; empty: it is not there, or holds none.
    std::vector<double> numbersAttribute(const std::string& name) const;
    void setAttribute(const std::string& name, std::string_view text);
    void setAttribute(const std::string& name, const char* text) { setAttribute(name, std::string_view(text)); }
    void setAttribute(const std::string& name, double value);
    void setAttribute(const std::string& name, const std::vector<std::string>& texts);

protected:
    Object(std::shared_ptr<const std::string> file, std::string path)
        : m_file(std::move(file)), m_path(std::move(path)) {}
    virtual ~Object() = default;
    Object(Object&&) = default;
    Object& operator=(Object&&) = default;
    virtual Id id() const = 0;

    std::shared_ptr<const std::string> m_file;
    std::string m_path;
};

/// A block of a virtual dataset that is taken from one other file; first and end have one entry an axis.
struct VirtualRegion {
    Extent first, end;  ///< [first, end)
    std::string source; ///< the other file, as written; "." is the file itself
    bool there = true;  ///< false: the other file, or the dataset in it, is missing; HDF5 itself gives fill values
};

/// A part of an array in memory, row by row: where a block that is read is put.
struct MemoryPlace {
    Extent shape;  ///< of the whole array
    Extent offset; ///< of the first value; the block has the shape that is read
};

/// A dataset. Shapes are in elements, the last axis fastest, as in Array.
/// Throws: Error(badInput) where rank, extent or type differ from what is asked for; Error(unsupported) naming the
/// filter plugin that is missing; Error(io) where reading or writing fails.
class Dataset : public Object {
public:
    const Extent& shape() const { return m_shape; }
    std::uint64_t size() const;
    const std::string& valueType() const {
        return m_valueType;
    }                       ///< "float32", "uint16", "text", "complex128", ... as stored
    bool isNumeric() const; ///< integers, floats, booleans
    bool isText() const { return m_valueType == "text"; }
    /// Filters by name, in order ("shuffle", "gzip"); a name ends in " (not installed)" where the plugin is missing.
    std::vector<std::string> filters() const;
    /// Files that a virtual dataset takes its values from and that are not there: HDF5 itself gives fill values
    /// silently.
    std::vector<std::string> missingSources() const;
    /// Which blocks of a virtual dataset come from where; nothing for other datasets. nullopt: the mapping has no
    /// bounds that can be told (it grows without limit, or leaves out every other entry).
    std::optional<std::vector<VirtualRegion>> virtualRegions() const;
    /// Extent of a chunk; empty for datasets stored whole.
    Extent chunk() const;

    template <class T, std::size_t N>
    Array<T, N> read() const {
        requireRank(N);
        typename Array<T, N>::Shape extent;
        for (std::size_t i = 0; i < N; ++i)
            extent[i] = static_cast<std::size_t>(m_shape[i]);
        auto out = Array<T, N>::uninitialised(extent);
        readAll(numberOf<T>(), out.data());
        return out;
    }
    template <class T>
    std::vector<T> readVector() const {
        requireRank(1);
        std::vector<T> out(static_cast<std::size_t>(m_shape[0]));
        readAll(numberOf<T>(), out.data());
        return out;
    }
    /// One number: a scalar, or an array of one element.
    template <class T>
    T readScalar() const {
        requireOne();
        T value{};
        readAll(numberOf<T>(), &value);
        return value;
    }
    /// All values of a complex dataset (h5py's compound of r and i), as (re, im) pairs; a real one gets im = 0.
    std::vector<double> readComplex() const;
    /// One text: fixed or variable length, a scalar or an array of one element.
    std::string readText() const;
    std::vector<std::string> readTexts() const;

    /// A block of the dataset; offset and count have one entry an axis. out holds the product of count.
    template <class T>
    void readBlock(const Extent& offset, const Extent& count, T* out) const {
        readBlock(offset, count, numberOf<T>(), out);
    }
    /// The same into a part of a larger array that begins at out and has as many axes as the dataset.
    template <class T>
    void readBlock(const Extent& offset, const Extent& count, T* out, const MemoryPlace& place) const {
        readBlock(offset, count, numberOf<T>(), out, &place);
    }
    template <class T>
    void writeBlock(const Extent& offset, const Extent& count, const T* values) {
        writeBlock(offset, count, numberOf<T>(), values);
    }
    /// Grows (or cuts) the first axis of a dataset that was created growing.
    void resizeFirst(std::uint64_t count);

    void requireRank(std::size_t rank) const;
    /// meaning: for the message, e.g. "half x q".
    void requireShape(const Extent& expected, const std::string& meaning) const;

private:
    friend class Group;
    Dataset(std::shared_ptr<const std::string> file, std::string path, DatasetHandle handle);
    Id id() const override { return m_handle.id(); }
    void requireOne() const;
    void requireFilters() const;
    void readAll(Number number, void* out) const;
    void readBlock(const Extent& offset, const Extent& count, Number number, void* out,
                   const MemoryPlace* place = nullptr) const;
    void writeBlock(const Extent& offset, const Extent& count, Number number, const void* values);

    DatasetHandle m_handle;
    Extent m_shape;
    std::string m_valueType;
};

/// How a new dataset is laid out on disk.
struct Storage {
    Extent chunk;         ///< empty: stored whole
    int gzip = 0;         ///< 0: not compressed; 1 ... 9, with shuffle, chunks only
    bool growing = false; ///< the first axis has no bound, chunks only
};

/// A link of a group, as listed.
struct Entry {
    std::string name;
    enum class Type { group, dataset, other, dangling } type = Type::other;
};

/// A group; paths may have several parts ("polar/q") and may begin at the file's root ("/entry").
/// Throws: Error(notFound) naming what is not there and what is beside it; Error(io) where writing fails.
class Group : public Object {
public:
    bool has(const std::string& path) const;
    bool hasGroup(const std::string& path) const;
    bool hasDataset(const std::string& path) const;
    Group group(const std::string& path) const;
    Dataset dataset(const std::string& path) const;
    std::vector<Entry> entries() const; ///< by name

    Group createGroup(const std::string& name, std::string_view nxClass = {});
    Dataset create(const std::string& name, Number number, const Extent& shape, const Storage& storage = {});
    template <class T, std::size_t N>
    Dataset write(const std::string& name, View<const T, N> values, const Storage& storage = {}) {
        if (!values.isContiguous())
            throw Error(ErrorCode::internal, "writing " + name + ": the values are not contiguous");
        return writeAll(name, numberOf<T>(), Extent(values.shape().begin(), values.shape().end()), storage,
                        values.data());
    }
    template <class T, std::size_t N>
    Dataset write(const std::string& name, const Array<T, N>& values, const Storage& storage = {}) {
        return write(name, values.view(), storage);
    }
    template <class T>
    Dataset writeVector(const std::string& name, const std::vector<T>& values) {
        return writeAll(name, numberOf<T>(), {values.size()}, {}, values.data());
    }
    template <class T>
    Dataset writeScalar(const std::string& name, T value) {
        return writeAll(name, numberOf<T>(), {}, {}, &value);
    }
    Dataset writeText(const std::string& name, std::string_view text);
    Dataset writeTexts(const std::string& name, const std::vector<std::string>& texts);
    void softLink(const std::string& name, const std::string& target);

    /// A number that may be absent.
    template <class T>
    std::optional<T> findScalar(const std::string& path) const {
        if (!hasDataset(path))
            return std::nullopt;
        return dataset(path).readScalar<T>();
    }
    std::optional<std::string> findText(const std::string& path) const;
    /// An array that may be absent: then it is empty.
    template <class T, std::size_t N>
    Array<T, N> findArray(const std::string& path) const {
        return hasDataset(path) ? dataset(path).read<T, N>() : Array<T, N>();
    }
    template <class T>
    std::vector<T> findVector(const std::string& path) const {
        return hasDataset(path) ? dataset(path).readVector<T>() : std::vector<T>();
    }

protected:
    Group(std::shared_ptr<const std::string> file, std::string path, GroupHandle handle)
        : Object(std::move(file), std::move(path)), m_handle(std::move(handle)) {}
    Id id() const override { return m_handle.id(); }
    std::string childPath(const std::string& path) const;

    GroupHandle m_handle;

private:
    Dataset writeAll(const std::string& name, Number number, const Extent& shape, const Storage& storage,
                     const void* values);
};

/// An open file; itself its root group. Reading never writes to it.
/// Throws: Error(notFound, noPermission, badInput, io): not there, not allowed, not HDF5, truncated.
class File : public Group {
public:
    /// A file that its writer still has open (SWMR) is read as it is at this moment; see isBeingWritten().
    static File open(const std::string& path);
    /// A whole file that is in memory, as a message of a stream brings it; its bytes are copied. name: for errors.
    static File openImage(std::span<const std::byte> image, const std::string& name);
    /// Makes a new file; what is there under that name is overwritten (outputs go through AtomicOutput).
    static File create(const std::string& path);
    /// True: its writer had it open when it was opened here; opening it again may show more.
    bool isBeingWritten() const { return m_beingWritten; }

    /// Does the file begin as an HDF5 file does?
    static bool isHdf5(const std::string& path);

    /// Writes out what is buffered. Throws: Error(io), e.g. for a full disk.
    void flush();
    /// Flushes and closes; groups and datasets of the file must be gone. Throws: Error(io).
    void close();

private:
    File(std::shared_ptr<const std::string> file, FileHandle handle, GroupHandle root)
        : Group(std::move(file), "/", std::move(root)), m_fileHandle(std::move(handle)) {}
    FileHandle m_fileHandle;
    bool m_beingWritten = false;
};

} // namespace fxs::h5
