#include "engine/io/hdf5.h"

#include "engine/io/hdf5_check.h"
#include "engine/io/hdf5_heap_check.h"
#include "engine/io/hdf5_output_driver.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace fxs::h5 {

bool closeId(Kind kind, Id id) noexcept {
    silence();
    switch (kind) {
    case Kind::file:
        return H5Fclose(id) >= 0;
    case Kind::group:
        return H5Gclose(id) >= 0;
    case Kind::dataset:
        return H5Dclose(id) >= 0;
    case Kind::dataspace:
        return H5Sclose(id) >= 0;
    case Kind::type:
        return H5Tclose(id) >= 0;
    case Kind::propertyList:
        return H5Pclose(id) >= 0;
    case Kind::attribute:
        return H5Aclose(id) >= 0;
    }
    return false;
}

std::size_t openObjectCount() {
    const ssize_t count = H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

// ---- Object: attributes

bool Object::hasAttribute(const std::string& attribute) const {
    silence();
    return H5Aexists(id(), attribute.c_str()) > 0;
}

std::optional<std::string> Object::textAttribute(const std::string& attribute) const {
    if (!hasAttribute(attribute))
        return std::nullopt;
    const auto doing = [&] { return fmt::format("reading attribute {} of {}", attribute, name()); };
    const AttributeHandle handle(
        checked(ErrorCode::io, doing, [&] { return H5Aopen(id(), attribute.c_str(), H5P_DEFAULT); }));
    const TypeHandle type(checked(ErrorCode::io, doing, [&] { return H5Aget_type(handle.id()); }));
    const SpaceHandle space(checked(ErrorCode::io, doing, [&] { return H5Aget_space(handle.id()); }));
    if (H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1)
        return std::nullopt;
    if (H5Tis_variable_str(type.id()) > 0) {
        // The memory type keeps the file's character set: HDF5 does not convert between ASCII and UTF-8.
        TypeHandle memory(checked(ErrorCode::io, doing, [&] { return H5Tcopy(type.id()); }));
        char* text = nullptr;
        checked(ErrorCode::io, doing, [&] { return H5Aread(handle.id(), memory.id(), &text); });
        std::string out = text ? text : "";
        H5free_memory(text);
        return out;
    }
    std::string out(H5Tget_size(type.id()), '\0');
    checked(ErrorCode::io, doing, [&] { return H5Aread(handle.id(), type.id(), out.data()); });
    out.resize(std::strlen(out.c_str()));
    return out;
}

std::vector<double> Object::numbersAttribute(const std::string& attribute) const {
    if (!hasAttribute(attribute))
        return {};
    const auto doing = [&] { return fmt::format("reading attribute {} of {}", attribute, name()); };
    const AttributeHandle handle(
        checked(ErrorCode::io, doing, [&] { return H5Aopen(id(), attribute.c_str(), H5P_DEFAULT); }));
    const TypeHandle type(checked(ErrorCode::io, doing, [&] { return H5Aget_type(handle.id()); }));
    const SpaceHandle space(checked(ErrorCode::io, doing, [&] { return H5Aget_space(handle.id()); }));
    const auto typeClass = H5Tget_class(type.id());
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    if ((typeClass != H5T_FLOAT && typeClass != H5T_INTEGER && typeClass != H5T_ENUM) || count < 1)
        return {};
    std::vector<double> values(static_cast<std::size_t>(count));
    checked(ErrorCode::io, doing, [&] { return H5Aread(handle.id(), H5T_NATIVE_DOUBLE, values.data()); });
    return values;
}

std::optional<double> Object::numberAttribute(const std::string& attribute) const {
    const std::vector<double> values = numbersAttribute(attribute);
    return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
}

namespace {

void writeAttribute(Id object, const std::string& objectName, const std::string& attribute, hid_t type, hid_t space,
                    const void* value) {
    const auto doing = [&] { return fmt::format("writing attribute {} of {}", attribute, objectName); };
    silence();
    if (H5Aexists(object, attribute.c_str()) > 0)
        checked(ErrorCode::io, doing, [&] { return H5Adelete(object, attribute.c_str()); });
    const AttributeHandle handle(checked(ErrorCode::io, doing, [&] {
        return H5Acreate2(object, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    }));
    checked(ErrorCode::io, doing, [&] { return H5Awrite(handle.id(), type, value); });
}

} // namespace

void Object::setAttribute(const std::string& attribute, std::string_view text) {
    const std::string owned(text);
    const char* pointer = owned.c_str();
    const TypeHandle type = textType();
    const SpaceHandle space(H5Screate(H5S_SCALAR));
    writeAttribute(id(), name(), attribute, type.id(), space.id(), &pointer);
}

void Object::setAttribute(const std::string& attribute, double value) {
    const SpaceHandle space(H5Screate(H5S_SCALAR));
    writeAttribute(id(), name(), attribute, H5T_NATIVE_DOUBLE, space.id(), &value);
}

void Object::setAttribute(const std::string& attribute, const std::vector<std::string>& texts) {
    std::vector<const char*> pointers;
    for (const auto& text : texts)
        pointers.push_back(text.c_str());
    const TypeHandle type = textType();
    const hsize_t count = texts.size();
    const SpaceHandle space(H5Screate_simple(1, &count, nullptr));
    writeAttribute(id(), name(), attribute, type.id(), space.id(), pointers.data());
}

// ---- File

namespace {

char lastPath[1024] = ""; // read when nothing else works any more: no allocation, no lock

void requireReadable(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
        const int why = errno;
        throw Error(why == EACCES ? ErrorCode::noPermission : ErrorCode::notFound,
                    fmt::format("opening {}: {}", path, why == ENOENT ? "there is no such file" : std::strerror(why)));
    }
    if (S_ISDIR(info.st_mode))
        throw Error(ErrorCode::badInput, fmt::format("opening {}: it is a folder, expected an HDF5 file", path));
    if (access(path.c_str(), R_OK) != 0)
        throw Error(ErrorCode::noPermission, fmt::format("opening {}: {}", path, std::strerror(errno)));
    if (info.st_size == 0)
        throw Error(ErrorCode::badInput, fmt::format("opening {}: the file is empty, expected an HDF5 file", path));
}

} // namespace

const char* lastOpened() noexcept {
    return lastPath;
}

bool File::isHdf5(const std::string& path) {
    silence();
    return H5Fis_hdf5(path.c_str()) > 0;
}

File File::open(const std::string& path) {
    requireReadable(path);
    std::strncpy(lastPath, path.c_str(), sizeof lastPath - 1);
    if (!isHdf5(path))
        throw Error(ErrorCode::badInput,
                    fmt::format("opening {}: it is not an HDF5 file (its first bytes are something else)", path));
    std::error_code ignored;
    requireSoundHeaps(path, std::filesystem::file_size(path, ignored));
    const auto doing = [&] { return "opening " + path; };
    silence();
    FileHandle handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    const bool closed = static_cast<bool>(handle);
    if (!closed) // a file that is being written opens only so
        handle = FileHandle(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, H5P_DEFAULT));
    if (!handle) // once more, for what is wrong with it in the ordinary way
        handle = FileHandle(
            checked(ErrorCode::badInput, doing, [&] { return H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT); }));
    GroupHandle root(checked(ErrorCode::badInput, doing, [&] { return H5Gopen2(handle.id(), "/", H5P_DEFAULT); }));
    File file(std::make_shared<const std::string>(path), std::move(handle), std::move(root));
    file.m_beingWritten = !closed;
    return file;
}

File File::openImage(std::span<const std::byte> image, const std::string& name) {
    const auto doing = [&] { return "opening " + name; };
    const PropertyHandle access(checked(ErrorCode::io, doing, [] { return H5Pcreate(H5P_FILE_ACCESS); }));
    // Never written back: the name is none of a file.
    checked(ErrorCode::io, doing, [&] { return H5Pset_fapl_core(access.id(), 1 << 20, false); });
    // HDF5 takes a pointer to bytes that it copies.
    auto* bytes = const_cast<std::byte*>(image.data());
    checked(ErrorCode::io, doing, [&] { return H5Pset_file_image(access.id(), bytes, image.size()); });
    FileHandle file(
        checked(ErrorCode::badInput, doing, [&] { return H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.id()); }));
    GroupHandle root(checked(ErrorCode::badInput, doing, [&] { return H5Gopen2(file.id(), "/", H5P_DEFAULT); }));
    return {std::make_shared<const std::string>(name), std::move(file), std::move(root)};
}

File File::create(const std::string& path) {
    const auto doing = [&] { return "creating " + path; };
    const PropertyHandle access = outputAccess();
    FileHandle file(checked(ErrorCode::io, doing,
                            [&] { return H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()); }));
    GroupHandle root(checked(ErrorCode::io, doing, [&] { return H5Gopen2(file.id(), "/", H5P_DEFAULT); }));
    return {std::make_shared<const std::string>(path), std::move(file), std::move(root)};
}

void File::flush() {
    const std::string doing = "writing " + filePath();
    checked(
        ErrorCode::io, [&] { return doing; }, [&] { return H5Fflush(m_fileHandle.id(), H5F_SCOPE_LOCAL); });
    requireWritten(m_fileHandle.id(), doing);
}

void File::close() {
    if (!m_fileHandle)
        return;
    flush();
    m_handle.close();
    if (H5Fget_obj_count(m_fileHandle.id(), H5F_OBJ_ALL) != 1)
        throw Error(ErrorCode::internal, "closing " + filePath() + ": objects of it are still open");
    if (!m_fileHandle.close())
        throw Error(ErrorCode::io, "closing " + filePath() + ": " + innermostMessage());
}

} // namespace fxs::h5
