"""Writes small NeXus NXmx files with h5py: an Eiger's master and data files, as DECTRIS documents them, with the filters
that they use where the plugin is there; one virtual dataset; modules placed by transformations."""
import sys
import os
import h5py
import numpy as np

LZ4, BITSHUFFLE, BLOSC = 32004, 32008, 32001


def frames(n, ss, fs, first=0):
    return (100 * (np.arange(n) + first)[:, None, None] + fs * np.arange(ss)[None, :, None] +
            np.arange(fs)[None, None, :])


def length(group, name, value, unit='m'):
    group[name] = np.float32(value)
    group[name].attrs['units'] = unit


def eiger(folder, type='u4', options=None, missing=False, files=3, per=4):
    os.makedirs(folder, exist_ok=True)
    top = np.iinfo(type).max
    for i in range(files):
        if missing and i == 1:
            continue
        n = per if i + 1 < files else per - 1
        x = frames(n, 8, 6, i * per).astype(type)
        x[:, 2, 3] = top  # a dead pixel, in the mask
        with h5py.File(os.path.join(folder, 'run_7_data_%06d.h5' % (i + 1)), 'w') as f:
            g = f.create_group('entry/data')
            g.attrs['NX_class'] = 'NXdata'
            g.create_dataset('data', data=x, chunks=(1, 8, 6), maxshape=(None, 8, 6), **(options or {}))
    with h5py.File(os.path.join(folder, 'run_7_master.h5'), 'w') as f:
        e = f.create_group('entry')
        e.attrs['NX_class'] = 'NXentry'
        e['definition'] = 'NXmx'
        g = e.create_group('data')
        g.attrs['NX_class'] = 'NXdata'
        for i in range(files):
            g['data_%06d' % (i + 1)] = h5py.ExternalLink('run_7_data_%06d.h5' % (i + 1), '/entry/data/data')
        b = e.create_group('instrument/beam')
        length(b, 'incident_wavelength', 1.24, 'angstrom')
        d = e.create_group('instrument/detector')
        d['description'] = 'Dectris EIGER2 Si 1M'
        length(d, 'detector_distance', .25)
        length(d, 'x_pixel_size', 75e-6)
        length(d, 'y_pixel_size', 75e-6)
        d['beam_center_x'] = np.float32(2.5)
        d['beam_center_y'] = np.float32(4.25)
        s = d.create_group('detectorSpecific')
        s['nimages'] = np.uint32(files * per - 1)
        s['ntrigger'] = np.uint32(1)
        m = np.zeros((8, 6), 'u4')
        m[2, 3] = 2
        m[0, 0] = 1
        s['pixel_mask'] = m
        d['pixel_mask'] = h5py.SoftLink('/entry/instrument/detector/detectorSpecific/pixel_mask')
        e['sample/goniometer/omega'] = np.arange(files * per - 1) * .1
        e['sample/goniometer/omega'].attrs['units'] = 'degree'


def axis(group, name, value, unit, vector, kind, depends, offset=None):
    d = group.create_dataset(name, data=np.array([value]))
    d.attrs['units'] = unit
    d.attrs['vector'] = np.array(vector, float)
    d.attrs['transformation_type'] = kind
    d.attrs['depends_on'] = depends
    if offset is not None:
        d.attrs['offset'] = np.array(offset, float)
        d.attrs['offset_units'] = unit if kind == 'translation' else 'mm'


def tilted(path):
    """A detector on an arm that is turned by 90 degrees about y: it looks along x, at 200 mm."""
    with h5py.File(path, 'w') as f:
        e = f.create_group('scan')
        e.attrs['NX_class'] = 'NXentry'
        e['definition'] = 'NXmx'
        e.create_group('data')['data'] = frames(5, 4, 4).astype('i4')
        length(e.create_group('instrument/beam'), 'incident_wavelength', .1, 'nm')
        d = e.create_group('instrument/detector')
        t = d.create_group('transformations')
        axis(t, 'two_theta', 90, 'deg', [0, 1, 0], 'rotation', '.')
        axis(t, 'arm', 200, 'mm', [0, 0, 1], 'translation', 'two_theta')
        m = d.create_group('module')
        m.attrs['NX_class'] = 'NXdetector_module'
        m['data_origin'] = np.array([0, 0])
        m['data_size'] = np.array([4, 4])
        where = '/scan/instrument/detector/transformations/arm'
        axis(m, 'module_offset', 0, 'mm', [1, 0, 0], 'translation', where, [.3, .2, 0])
        offset = '/scan/instrument/detector/module/module_offset'
        axis(m, 'fast_pixel_direction', .1, 'mm', [-1, 0, 0], 'translation', offset)
        axis(m, 'slow_pixel_direction', .1, 'mm', [0, -1, 0], 'translation', offset)


def modules(path):
    """Two modules within one frame, facing the sample, with a gap."""
    with h5py.File(path, 'w') as f:
        e = f.create_group('entry')
        e.attrs['NX_class'] = 'NXentry'
        e.create_group('data')['data'] = frames(3, 4, 10).astype('f4')
        length(e.create_group('instrument/beam'), 'incident_wavelength', 1., 'angstrom')
        d = e.create_group('instrument/detector')
        length(d, 'distance', 100, 'mm')
        for i, (fs, x) in enumerate(((0, .5), (6, -.1))):
            m = d.create_group('module%d' % i)
            m['data_origin'] = np.array([0, fs])
            m['data_size'] = np.array([4, 4])
            axis(m, 'module_offset', 0, 'mm', [1, 0, 0], 'translation', '.', [x, .2, 100])
            where = '/entry/instrument/detector/module%d/module_offset' % i
            axis(m, 'fast_pixel_direction', .1, 'mm', [-1, 0, 0], 'translation', where)
            axis(m, 'slow_pixel_direction', .1, 'mm', [0, -1, 0], 'translation', where)


def virtual(folder):
    """As newer instruments write it: one virtual dataset over the data files, one of which is gone."""
    eiger(folder, 'u2')
    with h5py.File(os.path.join(folder, 'whole.nxs'), 'w', libver='latest') as f:
        layout = h5py.VirtualLayout((11, 8, 6), dtype='u2')
        for i in range(3):
            n = 4 if i < 2 else 3
            layout[4 * i:4 * i + n] = h5py.VirtualSource('run_7_data_%06d.h5' % (i + 1), '/entry/data/data',
                                                         shape=(n, 8, 6), dtype='u2')
        e = f.create_group('entry')
        e.attrs['NX_class'] = 'NXentry'
        e.create_group('data').create_virtual_dataset('data', layout, fillvalue=0)
        length(e.create_group('instrument/beam'), 'incident_wavelength', 1.24, 'angstrom')
        length(e.create_group('instrument/detector'), 'distance', .25)
    os.remove(os.path.join(folder, 'run_7_data_000002.h5'))


def filtered(root):
    """Frames with every filter; those whose plugin is missing are not written, and a file says which there are."""
    x = frames(6, 16, 32).astype('u2')
    kinds = {'gzip': dict(compression='gzip'), 'gzip_shuffle': dict(compression='gzip', shuffle=True),
             'lz4': dict(compression=LZ4, compression_opts=(0,)), 'bitshuffle': dict(compression=BITSHUFFLE),
             'bitshuffle_lz4': dict(compression=BITSHUFFLE, compression_opts=(0, 2)),
             'blosc': dict(compression=BLOSC)}
    for name, options in kinds.items():
        path = os.path.join(root, name + '.h5')
        try:
            with h5py.File(path, 'w') as f:
                f.create_dataset('frames', data=x, chunks=(1, 16, 32), **options)
        except (ValueError, OSError, RuntimeError):
            if os.path.exists(path):
                os.remove(path)
    # What nobody has: a chunk stored as it is, under a filter's number that is nobody's.
    with h5py.File(os.path.join(root, 'unknown.h5'), 'w') as f:
        space = h5py.h5s.create_simple((6, 16, 32))
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((1, 16, 32))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        d = h5py.h5d.create(f.id, b'frames', h5py.h5t.NATIVE_UINT16, space, plist)
        for i in range(6):
            d.write_direct_chunk((i, 0, 0), x[i].tobytes())


def make(root):
    os.makedirs(root, exist_ok=True)
    eiger(os.path.join(root, 'eiger'))
    eiger(os.path.join(root, 'eiger16'), 'u2')
    eiger(os.path.join(root, 'eiger_missing'), missing=True)
    tilted(os.path.join(root, 'tilted.nxs'))
    modules(os.path.join(root, 'modules.nxs'))
    virtual(os.path.join(root, 'virtual'))
    filtered(root)


if __name__ == '__main__':
    make(sys.argv[1])
