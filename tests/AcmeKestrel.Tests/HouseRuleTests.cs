using System.Runtime.CompilerServices;

namespace AcmeKestrel.Tests;

/// <summary>A room that holds too much is no room, and a class that needs everybody has no concern of its own.</summary>
public sealed class HouseRuleTests
{
    private const int FilesInAFolder = 30;

    private const int Collaborators = 8;

    [Fact]
    public void No_folder_of_the_core_holds_more_files_than_a_reader_can_survey()
    {
        var core = Path.Combine(Repository.Root, "src", "AcmeKestrel");
        var folders = Directory.EnumerateDirectories(core, "*", SearchOption.AllDirectories).Append(core)
            .Where(folder => !Path.GetRelativePath(core, folder).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(folder => (Name: Path.GetRelativePath(core, folder), Files: Directory.GetFiles(folder, "*.cs").Length))
            .ToList();

        Assert.Contains(folders, folder => folder.Files > 0);
        Assert.DoesNotContain(folders, folder => folder.Files > FilesInAFolder);
    }

    [Fact]
    public void No_class_needs_more_than_eight_others()
    {
        var crowded = typeof(AcmeOptions).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute), false) && !IsValue(type))
            .SelectMany(type => type.GetConstructors(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic))
            .Where(constructor => constructor.GetParameters().Length > Collaborators)
            .Select(constructor => $"{constructor.DeclaringType!.Name}: {constructor.GetParameters().Length}");

        Assert.Empty(crowded);
    }

    /// <summary>A record's parameters are its content.</summary>
    private static bool IsValue(Type type) => type.GetMethod("<Clone>$") is not null || typeof(Exception).IsAssignableFrom(type);
}
