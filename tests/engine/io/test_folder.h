#pragma once

#include "tests/engine/error_of.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstdlib>
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
