namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>Which file it is, whatever its path: no other one has the same as long as it is open, or has a path.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
