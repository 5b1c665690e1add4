#include "plugins/api/plugin_loader.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonObject>
#include <QLibrary>
#include <QPluginLoader>
#include <QSet>

#include <elf.h>

#include <cstring>
#include <exception>

namespace fxs {

namespace {

/// Why a file is not to be loaded; empty where it may.
QString fault(const QJsonObject& metadata) {
    if (metadata.isEmpty())
        return QStringLiteral("it is no Qt plugin, or is damaged");
    const QString iid = metadata.value("IID").toString();
    if (iid != QLatin1String(FXS_BACKEND_PLUGIN_IID))
        return QStringLiteral("it is a plugin of another program (%1)").arg(iid.isEmpty() ? "without a name" : iid);
    const QJsonObject own = metadata.value("MetaData").toObject();
    if (own.value("type").toString() != QLatin1String(kBackendPluginType))
        return QStringLiteral("its metadata say type \"%1\", expected \"%2\"")
            .arg(own.value("type").toString(), QLatin1String(kBackendPluginType));
    const int api = own.value("api").toInt(-1);
    if (api != kBackendPluginApi)
        return QStringLiteral(
                   "it was built for plugin interface %1, this program has %2: install the plugin of this version")
            .arg(api)
            .arg(kBackendPluginApi);
    return {};
}

/// Whether a library's end is missing. To map such a file would end the program at the first page that is not there; the
/// table of sections stands last in it, behind all that is mapped.
bool isCut(const QString& path) {
    QFile file(path);
    Elf64_Ehdr header{};
    if (!file.open(QIODevice::ReadOnly) || file.read(reinterpret_cast<char*>(&header), sizeof header) != sizeof header)
        return true;
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
        return false; // another format: left to the loader
    const auto size = static_cast<quint64>(file.size());
    const quint64 table = quint64(header.e_shnum) * header.e_shentsize;
    return header.e_shoff > size || table > size - header.e_shoff;
}

void load(const QString& path, LoadedPlugins& loaded) {
    const auto warn = [&](const QString& why) {
        loaded.warnings.push_back(QStringLiteral("plugin %1 is not used: %2").arg(path, why).toStdString());
    };
    if (isCut(path))
        return warn(QStringLiteral("the file is cut: install it again"));
    QPluginLoader loader(path);
    if (const QString why = fault(loader.metaData()); !why.isEmpty())
        return warn(why);
    try {
        QObject* root = loader.instance();
        if (root == nullptr)
            return warn(loader.errorString());
        if (auto* backend = qobject_cast<BackendPlugin*>(root))
            loaded.backends.push_back(backend);
        else
            warn(QStringLiteral("its root object is no backend plugin"));
    } catch (const std::exception& error) {
        warn(QString::fromUtf8(error.what()));
    } catch (...) {
        warn(QStringLiteral("it failed while it started"));
    }
}

} // namespace

QStringList pluginFolders() {
    QStringList folders = qEnvironmentVariable("FXS_PLUGIN_PATH").split(QDir::listSeparator(), Qt::SkipEmptyParts);
    const QDir program(QCoreApplication::applicationDirPath());
    for (const char* place : {"../" FXS_PLUGIN_INSTALL_DIR, "../../plugins/loadable"})
        folders << QDir::cleanPath(program.filePath(QLatin1String(place)));
    return folders;
}

LoadedPlugins loadBackendPlugins(const QStringList& folders) {
    LoadedPlugins loaded;
    QSet<QString> names; // the first of a name counts: a folder given by hand comes before the installed one
    for (const QString& folder : folders)
        for (const QFileInfo& file : QDir(folder).entryInfoList(QDir::Files, QDir::Name)) {
            if (!QLibrary::isLibrary(file.fileName()) || names.contains(file.fileName()))
                continue;
            names.insert(file.fileName());
            load(file.absoluteFilePath(), loaded);
        }
    return loaded;
}

} // namespace fxs
