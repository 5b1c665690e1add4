#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fxs {

/// What kind of thing went wrong; decides the exit status and where the window shows the message.
enum class ErrorCode {
    badInput,     ///< a file, stream or value from outside is wrong
    badSettings,  ///< settings contradict each other or the data
    notFound,     ///< a file, dataset or entry is not there
    noPermission, ///< the system refused access
    exists,       ///< an output is already there
    io,           ///< reading or writing failed (full disk, truncated file, lost connection)
    unsupported,  ///< known, but this build or version cannot do it
    numerical,    ///< a calculation broke down (singular, diverged)
    internal,     ///< a fault of this program
};

/// Something is wrong. The message names the thing, what was found and what was expected; context is put in front on
/// the way up: "reading geometry of run12.h5: dataset /entry/geometry has 2 columns, expected 3".
class Error : public std::exception {
public:
    Error(ErrorCode code, std::string message) : m_code(code), m_message(std::move(message)) {}

    ErrorCode code() const noexcept { return m_code; }
    const std::string& message() const noexcept { return m_message; }
    const char* what() const noexcept override { return m_message.c_str(); }

    void addContext(std::string_view context) { m_message = std::string(context) + ": " + m_message; }

private:
    ErrorCode m_code;
    std::string m_message;
};

/// The user asked to stop. Not an error, and never shown as one.
class Stopped : public std::exception {
public:
    const char* what() const noexcept override { return "stopped on request"; }
};

/// Runs body; an Error that leaves it gains the context. std exceptions of libraries become Errors (code internal).
template <class Body>
decltype(auto) withContext(std::string_view context, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (Error& error) {
        error.addContext(context);
        throw;
    } catch (const Stopped&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::io, std::string(context) + ": out of memory");
    } catch (const std::exception& error) {
        throw Error(ErrorCode::internal, std::string(context) + ": " + error.what());
    }
}

/// A value or an Error, where failure is an ordinary answer (probing a format, parsing a foreign program's output).
template <class T>
class Result {
public:
    Result(T value) : m_state(std::move(value)) {}
    Result(Error error) : m_state(std::move(error)) {}

    explicit operator bool() const { return std::holds_alternative<T>(m_state); }
    const T& operator*() const& { return std::get<T>(m_state); }
    T& operator*() & { return std::get<T>(m_state); }
    T&& operator*() && { return std::get<T>(std::move(m_state)); }
    const T* operator->() const { return &std::get<T>(m_state); }
    const Error& error() const { return std::get<Error>(m_state); }

    /// The value; throws the Error if there is none.
    T valueOrThrow() && {
        if (!*this)
            throw error();
        return std::get<T>(std::move(m_state));
    }

private:
    std::variant<T, Error> m_state;
};

} // namespace fxs
