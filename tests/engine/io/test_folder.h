#pragma once

#include "engine/core/error.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstdlib>
#include <functional>
#include <string>

/// A folder for one test's files, removed with it.
class TestFolder {
public:
    std::string path(const std::string& name) const {
        return m_folder.filePath(QString::fromStdString(name)).toStdString();
    }
    QStringList files() const { return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden); }

private:
    QTemporaryDir m_folder;
};

/// The message of the Error that body throws; "no error" if it throws none.
inline std::string errorOf(const std::function<void()>& body) {
    try {
        body();
    } catch (const fxs::Error& error) {
        return error.message();
    }
    return "no error";
}

inline bool contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("\"%s\" does not contain \"%s\"", text.c_str(), part.c_str());
    return false;
}

/// Runs Python on a program given as text, in a folder; false (and a warning) where Python or h5py is missing or it
/// fails.
inline bool runPython(const std::string& program) {
    std::string escaped;
    for (const char c : program)
        escaped += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return std::system(("/usr/bin/python3 -c '" + escaped + "'").c_str()) == 0;
}

inline bool hasPython() {
    static const bool there = runPython("import h5py, numpy");
    return there;
}
