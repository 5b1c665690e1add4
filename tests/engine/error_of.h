#pragma once

#include "engine/core/error.h"

#include <QtGlobal>

#include <functional>
#include <string>

/// The message of the Error that body throws; "no error" if it throws none.
inline std::string errorOf(const std::function<void()>& body) {
    try {
        body();
    } catch (const fxs::Error& error) {
        return error.message();
    }
    return "no error";
}

/// Whether a text holds a part; tells both where it does not.
inline bool contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("\"%s\" does not contain \"%s\"", text.c_str(), part.c_str());
    return false;
}
